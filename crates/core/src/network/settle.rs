//! Settling: a quiet period with a ceiling, so that a storm of hints ends in one sample.

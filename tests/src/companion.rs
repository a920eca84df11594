//! The companion on the lab's laptop, and `rightdoorctl` beside it.

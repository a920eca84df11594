//! The building blocks of the whole-system tests.

//! The registry on its own host, and the PBX that reads from it.

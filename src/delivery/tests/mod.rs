//! Scripts and a random model.

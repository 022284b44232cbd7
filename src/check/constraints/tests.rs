//! Rules of each kind, over values of each kind.

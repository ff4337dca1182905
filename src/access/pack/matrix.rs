//! What a level or a role may do, by data class.

use crate::class::DataClass;
use smart::scope::Action;
use std::collections::BTreeMap;

/// What a level or a staff role may do to each data class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Matrix([u8; 9]);

impl Matrix {
    pub(super) fn from_letters(letters: &BTreeMap<String, String>) -> Self {
        let mut matrix = Self::default();
        for class in DataClass::ALL {
            for letter in letters.get(class.name()).map_or("", String::as_str).chars() {
                if let Some(cell) = matrix.0.get_mut(class as usize) {
                    *cell |= bit_of(letter);
                }
            }
        }
        matrix
    }
    /// Whether the action may be done to things of the class. Who may read may search: a search
    /// shows what
    /// reading would show, and no more.
    pub fn allows(self, class: DataClass, action: Action) -> bool {
        let cell = self.0.get(class as usize).copied().unwrap_or(0);
        let wanted = match action {
            Action::Search => bit_of('s') | bit_of('r'),
            other => bit_of(other.letter()),
        };
        cell & wanted != 0
    }
    /// Whether things of the class may be changed in any way.
    pub fn writes(self, class: DataClass) -> bool {
        let cell = self.0.get(class as usize).copied().unwrap_or(0);
        cell & (bit_of('c') | bit_of('u') | bit_of('d')) != 0
    }
    /// What both allow.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut both = self;
        for (cell, limit) in both.0.iter_mut().zip(other.0) {
            *cell &= limit;
        }
        both
    }
    /// The same with reading and searching only.
    #[must_use]
    pub fn read_only(self) -> Self {
        let mut read = self;
        for cell in &mut read.0 {
            *cell &= bit_of('r') | bit_of('s');
        }
        read
    }
}

fn bit_of(letter: char) -> u8 {
    match letter {
        'c' => 1,
        'r' => 2,
        'u' => 4,
        'd' => 8,
        's' => 16,
        _ => 0,
    }
}

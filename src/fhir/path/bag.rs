//! A collection that costs nothing while it holds no more than one item.

use super::Item;

/// An ordered collection of items.
#[derive(Debug, Clone, Default)]
pub(super) enum Bag<'d> {
    #[default]
    Empty,
    One(Item<'d>),
    Many(Vec<Item<'d>>),
}

impl<'d> Bag<'d> {
    pub(super) fn items(&self) -> &[Item<'d>] {
        match self {
            Self::Empty => &[],
            Self::One(item) => std::slice::from_ref(item),
            Self::Many(items) => items,
        }
    }
    pub(super) fn push(&mut self, item: Item<'d>) {
        *self = match std::mem::take(self) {
            Self::Empty => Self::One(item),
            Self::One(first) => Self::Many(vec![first, item]),
            Self::Many(mut items) => {
                items.push(item);
                Self::Many(items)
            }
        };
    }
    pub(super) fn into_vec(self) -> Vec<Item<'d>> {
        match self {
            Self::Empty => Vec::new(),
            Self::One(item) => vec![item],
            Self::Many(items) => items,
        }
    }
}

impl<'d> From<&[Item<'d>]> for Bag<'d> {
    fn from(items: &[Item<'d>]) -> Self {
        match items {
            [] => Self::Empty,
            [one] => Self::One(one.clone()),
            many => Self::Many(many.to_vec()),
        }
    }
}

impl<'d> From<Option<Item<'d>>> for Bag<'d> {
    fn from(item: Option<Item<'d>>) -> Self {
        item.map_or(Self::Empty, Self::One)
    }
}

impl<'d> From<Item<'d>> for Bag<'d> {
    fn from(item: Item<'d>) -> Self {
        Self::One(item)
    }
}

impl From<bool> for Bag<'_> {
    fn from(value: bool) -> Self {
        Self::One(value.into())
    }
}

impl From<Option<bool>> for Bag<'_> {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Self::Empty, Self::from)
    }
}

impl<'d> FromIterator<Item<'d>> for Bag<'d> {
    fn from_iter<I: IntoIterator<Item = Item<'d>>>(items: I) -> Self {
        let mut bag = Self::Empty;
        for item in items {
            bag.push(item);
        }
        bag
    }
}

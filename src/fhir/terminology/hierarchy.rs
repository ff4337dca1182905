//! Which concept stands under which: edges both ways, walked without recursion and safe in cycles.

/// The hierarchy of a code system, by positions of concepts. A concept may have several parents.
#[derive(Debug, Default)]
pub struct Hierarchy {
    up: Edges,
    down: Edges,
}

/// Targets by source, one list cut into runs.
#[derive(Debug, Default)]
struct Edges {
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Edges {
    fn new(size: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = Vec::with_capacity(size + 1);
        let mut at = 0;
        for source in 0..=size as u32 {
            while pairs.get(at).is_some_and(|(of, _)| *of < source) {
                at += 1;
            }
            starts.push(at as u32);
        }
        Self {
            starts,
            targets: pairs.into_iter().map(|(_, target)| target).collect(),
        }
    }
    fn of(&self, source: u32) -> &[u32] {
        let at = source as usize;
        let run = match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(from), Some(to)) => *from as usize..*to as usize,
            _ => 0..0,
        };
        self.targets.get(run).unwrap_or(&[])
    }
    /// Everything reachable from `source`, itself left out unless a cycle leads back.
    fn reachable(&self, source: u32) -> Vec<u32> {
        let mut seen = vec![false; self.starts.len()];
        let mut found = Vec::new();
        let mut waiting = vec![source];
        while let Some(one) = waiting.pop() {
            for target in self.of(one) {
                if let Some(known) = seen.get_mut(*target as usize)
                    && !*known
                {
                    *known = true;
                    found.push(*target);
                    waiting.push(*target);
                }
            }
        }
        found.sort_unstable();
        found
    }
}

impl Hierarchy {
    /// From pairs of child and parent among `size` concepts.
    pub fn new(size: usize, edges: Vec<(u32, u32)>) -> Self {
        if edges.is_empty() {
            return Self::default();
        }
        let turned = edges.iter().map(|(child, parent)| (*parent, *child));
        Self {
            down: Edges::new(size, turned.collect()),
            up: Edges::new(size, edges),
        }
    }
    pub fn parents(&self, of: u32) -> &[u32] {
        self.up.of(of)
    }
    pub fn children(&self, of: u32) -> &[u32] {
        self.down.of(of)
    }
    /// Every concept below, in order of definition.
    pub fn descendants(&self, of: u32) -> Vec<u32> {
        self.down.reachable(of)
    }
    /// Every concept above, in order of definition.
    pub fn ancestors(&self, of: u32) -> Vec<u32> {
        self.up.reachable(of)
    }
    /// Whether `below` stands somewhere under `above`.
    pub fn is_below(&self, below: u32, above: u32) -> bool {
        below != above && self.ancestors(below).binary_search(&above).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_and_ancestors_are_walked_through_several_parents() {
        let tree = Hierarchy::new(5, vec![(1, 0), (2, 0), (3, 1), (3, 2), (3, 1)]);
        assert_eq!(tree.descendants(0), [1, 2, 3]);
        assert_eq!(tree.ancestors(3), [0, 1, 2]);
        assert_eq!(tree.parents(3), [1, 2]);
        assert_eq!(tree.children(0), [1, 2]);
        assert!(tree.is_below(3, 0) && !tree.is_below(0, 3) && !tree.is_below(3, 3));
        assert!(tree.descendants(4).is_empty() && tree.parents(9).is_empty());
    }

    #[test]
    fn a_cycle_ends() {
        let tree = Hierarchy::new(2, vec![(1, 0), (0, 1)]);
        assert_eq!(tree.descendants(0), [0, 1]);
        assert_eq!(tree.ancestors(1), [0, 1]);
    }
}

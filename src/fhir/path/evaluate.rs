//! The machine that evaluates a parsed expression: terms, paths, its budget of steps.

use super::bag::Bag;
use super::syntax::{Function, Id, Step, Term, Typing};
use super::types::TypeName;
use super::{Expression, Fault, Item, Node, Scene, Value, operator};

/// What a term is evaluated in: `$this`, `$index` and `$total`.
#[derive(Clone, Copy)]
pub(super) struct Frame<'f, 'd> {
    pub(super) focus: &'f [Item<'d>],
    pub(super) index: Option<usize>,
    pub(super) total: Option<&'f [Item<'d>]>,
}

/// One evaluation in progress.
pub(super) struct Machine<'e, 'd> {
    pub(super) expression: &'d Expression,
    pub(super) scene: &'e Scene<'d>,
    /// What the whole expression was asked of: `%context`.
    context: &'e [Item<'d>],
    left: u64,
    /// Whether something outside was asked and not known.
    pub(super) unknown: bool,
}

pub(super) type Result<T> = std::result::Result<T, Fault>;
type Visit<'v, 'e, 'd> = &'v mut dyn FnMut(&mut Machine<'e, 'd>, Item<'d>) -> Result<bool>;

impl<'e, 'd> Machine<'e, 'd> {
    pub(super) fn new(
        expression: &'d Expression,
        scene: &'e Scene<'d>,
        context: &'e [Item<'d>],
    ) -> Self {
        Self {
            expression,
            scene,
            context,
            left: scene.steps,
            unknown: false,
        }
    }

    pub(super) fn run(&mut self) -> Result<Bag<'d>> {
        let frame = Frame {
            focus: self.context,
            index: None,
            total: None,
        };
        self.term(self.expression.root, frame)
    }

    /// Takes steps off the budget.
    #[inline]
    pub(super) fn spend(&mut self, steps: u64) -> Result<()> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Fault::Steps(self.scene.steps)),
        }
    }

    pub(super) fn term(&mut self, id: Id, frame: Frame<'_, 'd>) -> Result<Bag<'d>> {
        self.spend(1)?;
        let expression = self.expression;
        let Some(term) = expression.terms.get(id) else {
            return Ok(Bag::Empty);
        };
        match term {
            Term::Empty => Ok(Bag::Empty),
            Term::Literal(value) => Ok(Item::Value(value.lend()).into()),
            Term::This => Ok(frame.focus.into()),
            Term::Index => Ok(frame
                .index
                .and_then(|index| i32::try_from(index).ok())
                .map(|index| Item::Value(Value::Integer(index)))
                .into()),
            Term::Total => Ok(frame.total.unwrap_or_default().into()),
            Term::Constant(name) => self.constant(name),
            Term::Path { start: None, steps } => self.path_of_focus(steps, frame),
            Term::Path {
                start: Some(start),
                steps,
            } => {
                let start = self.start(*start, frame)?;
                self.path(start.items(), steps, frame)
            }
            Term::Minus(inner) => {
                let inner = self.term(*inner, frame)?;
                operator::negate(inner.items())
            }
            Term::Plus(inner) => self.term(*inner, frame),
            Term::Binary(operator, left, right) => self.binary(*operator, *left, *right, frame),
            Term::Is(inner, of) => {
                let inner = self.term(*inner, frame)?;
                typed(Typing::Is, of, inner.items())
            }
            Term::As(inner, of) => {
                let inner = self.term(*inner, frame)?;
                typed(Typing::As, of, inner.items())
            }
        }
    }

    /// Where a path starts.
    fn start(&mut self, id: Id, frame: Frame<'_, 'd>) -> Result<Bag<'d>> {
        self.term(id, frame)
    }

    /// A path from the focus; its first name may be the type of the focus.
    fn path_of_focus(&mut self, steps: &'d [Step], frame: Frame<'_, 'd>) -> Result<Bag<'d>> {
        if let Some((Step::Member(name), rest)) = steps.split_first()
            && name.starts_with(|c: char| c.is_ascii_uppercase())
        {
            let of = TypeName {
                namespace: None,
                name: name.clone(),
            };
            if frame.focus.iter().any(|item| of.covers(item)) {
                let fits = frame.focus.iter().filter(|item| of.covers(item)).cloned();
                let fits: Bag<'d> = fits.collect();
                return self.path(fits.items(), rest, frame);
            }
        }
        self.path(frame.focus, steps, frame)
    }

    /// All steps from some items.
    fn path(
        &mut self,
        items: &[Item<'d>],
        steps: &'d [Step],
        frame: Frame<'_, 'd>,
    ) -> Result<Bag<'d>> {
        let mut left = steps;
        let mut bag: Option<Bag<'d>> = None;
        while !left.is_empty() {
            let input = bag.as_ref().map_or(items, Bag::items);
            let (next, rest) = self.step(input, left, frame)?;
            bag = Some(next);
            left = rest;
        }
        Ok(bag.unwrap_or_else(|| items.into()))
    }

    /// The next step or steps; members that lead to `exists()` and the like stop at the first find.
    fn step(
        &mut self,
        input: &[Item<'d>],
        steps: &'d [Step],
        frame: Frame<'_, 'd>,
    ) -> Result<(Bag<'d>, &'d [Step])> {
        let members = steps
            .iter()
            .take_while(|step| matches!(step, Step::Member(_)))
            .count();
        let (members, rest) = steps.split_at_checked(members).unwrap_or((steps, &[]));
        if !members.is_empty() {
            return match rest.split_first() {
                Some((Step::Call(Function::Exists, arguments), rest)) if arguments.is_empty() => {
                    Ok((self.any(input, members)?.into(), rest))
                }
                Some((Step::Call(Function::Empty, _), rest)) => {
                    Ok(((!self.any(input, members)?).into(), rest))
                }
                Some((Step::Call(Function::First, _), rest)) => {
                    let mut first = None;
                    self.walk_all(input, members, &mut |_, item| {
                        first = Some(item);
                        Ok(true)
                    })?;
                    Ok((first.into(), rest))
                }
                _ => {
                    let mut found = Bag::Empty;
                    self.walk_all(input, members, &mut |_, item| {
                        found.push(item);
                        Ok(false)
                    })?;
                    Ok((found, rest))
                }
            };
        }
        let Some((step, rest)) = steps.split_first() else {
            return Ok((input.into(), steps));
        };
        let bag = match step {
            Step::Member(_) => Bag::Empty,
            Step::Call(function, arguments) => self.call(*function, input, arguments, frame)?,
            Step::Typed(typing, of) => typed(*typing, of, input)?,
            Step::Index(id) => {
                let index = self.integer(*id, frame)?;
                let index = index.and_then(|index| usize::try_from(index).ok());
                index.and_then(|at| input.get(at)).cloned().into()
            }
        };
        Ok((bag, rest))
    }

    /// Whether members lead anywhere.
    fn any(&mut self, input: &[Item<'d>], members: &'d [Step]) -> Result<bool> {
        self.walk_all(input, members, &mut |_, _| Ok(true))
    }

    fn walk_all(
        &mut self,
        input: &[Item<'d>],
        members: &'d [Step],
        visit: Visit<'_, 'e, 'd>,
    ) -> Result<bool> {
        for item in input {
            let stop = match (item, members) {
                (Item::Element(node), _) => self.walk(*node, members, visit)?,
                (Item::Value(Value::Type { namespace, name }), [Step::Member(member)]) => {
                    let text = match &**member {
                        "name" => name,
                        "namespace" => namespace,
                        _ => continue,
                    };
                    visit(self, Item::Value(Value::String((*text).into())))?
                }
                _ => false,
            };
            if stop {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Visits all that members lead to from a node until told to stop (true).
    fn walk(
        &mut self,
        node: Node<'d>,
        members: &'d [Step],
        visit: Visit<'_, 'e, 'd>,
    ) -> Result<bool> {
        self.spend(1)?;
        let Some((Step::Member(name), rest)) = members.split_first() else {
            return visit(self, Item::Element(node));
        };
        node.each_child(name, &mut |child| self.walk(child, rest, visit))
    }

    /// An argument evaluated for one item of the input.
    pub(super) fn per_item(
        &mut self,
        argument: Id,
        item: &Item<'d>,
        index: usize,
        frame: Frame<'_, 'd>,
    ) -> Result<Bag<'d>> {
        let frame = Frame {
            focus: std::slice::from_ref(item),
            index: Some(index),
            total: frame.total,
        };
        self.term(argument, frame)
    }

    /// Whether an argument is true for one item of the input.
    pub(super) fn test(
        &mut self,
        argument: Id,
        item: &Item<'d>,
        index: usize,
        frame: Frame<'_, 'd>,
    ) -> Result<bool> {
        let found = self.per_item(argument, item, index, frame)?;
        Ok(operator::truth(found.items())? == Some(true))
    }

    /// An integer argument.
    pub(super) fn integer(&mut self, argument: Id, frame: Frame<'_, 'd>) -> Result<Option<i32>> {
        let found = self.term(argument, frame)?;
        match operator::single(found.items())?.map(Item::value) {
            None => Ok(None),
            Some(Some(Value::Integer(value))) => Ok(Some(value)),
            Some(_) => Err(Fault::wrong("an argument must be an integer")),
        }
    }

    /// A string argument.
    pub(super) fn string(
        &mut self,
        argument: Id,
        frame: Frame<'_, 'd>,
    ) -> Result<Option<std::borrow::Cow<'d, str>>> {
        let found = self.term(argument, frame)?;
        match operator::single(found.items())?.map(Item::text) {
            None => Ok(None),
            Some(Some(text)) => Ok(Some(text)),
            Some(None) => Err(Fault::wrong("an argument must be a string")),
        }
    }

    /// `%name`: the scene's own, then the standard's.
    fn constant(&mut self, name: &str) -> Result<Bag<'d>> {
        let own = self.scene.constants.iter().find(|(own, _)| *own == name);
        if let Some((_, items)) = own {
            return Ok(items.as_slice().into());
        }
        let text = |text: String| Ok(Item::Value(Value::String(text.into())).into());
        match name {
            "context" => Ok(self.context.into()),
            "resource" => Ok(self.scene.resource.clone().into()),
            "rootResource" => Ok(self.scene.root_resource.clone().into()),
            "ucum" => text("http://unitsofmeasure.org".into()),
            "sct" => text("http://snomed.info/sct".into()),
            "loinc" => text("http://loinc.org".into()),
            _ => {
                if let Some(name) = name.strip_prefix("vs-") {
                    return text(format!("http://hl7.org/fhir/ValueSet/{name}"));
                }
                if let Some(name) = name.strip_prefix("ext-") {
                    return text(format!("http://hl7.org/fhir/StructureDefinition/{name}"));
                }
                let shown: String = name.chars().take(64).collect();
                Err(Fault::wrong(format!("there is no constant %{shown}")))
            }
        }
    }
}

/// `is`, `as` and `ofType`.
fn typed<'d>(typing: Typing, of: &TypeName, input: &[Item<'d>]) -> Result<Bag<'d>> {
    match typing {
        Typing::Is => Ok(operator::single(input)?.map(|item| of.covers(item)).into()),
        // `as` on several items is taken as `ofType`, which R4's own expressions rely on.
        Typing::As | Typing::OfType => Ok(input.iter().filter(|i| of.covers(i)).cloned().collect()),
    }
}

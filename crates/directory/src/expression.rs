//! The expressions administrators write: CEL, behind a type of our own so that the engine can be replaced.
//!
//! One language serves mappings (a value) and rules (a condition). It differs from bare CEL in four ways: helper
//! functions that take null (`functions`); a profile in which every declared attribute is present, so that naming
//! one never fails ([`profile_for_expressions`]); bounds on what one evaluation may cost, which CEL does not have;
//! and errors that name types and names but never values, for they end up in histories.

mod catalog;
mod functions;

pub use catalog::{FUNCTIONS, FunctionInfo, VariableInfo, variables};

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, SourceInfo, operators};
use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelOptional, CelString, CelUInt,
};
use cel::common::value::Val;
use cel::parser::Expression as Node;
use cel::{Context, Env, ExecutionError};
use serde_json::Value;

/// The longest expression, in characters.
const LENGTH: usize = 2_000;
/// How deep brackets and `? :` may nest. The parser needs about 0.5 MiB of stack for 32.
const DEPTH: usize = 32;
/// How deep the parsed expression may be: `a + b + c` nests without a bracket.
const TREE: usize = 200;
/// How deep loops (`map`, `filter`, `exists`, …) may nest.
const LOOPS: usize = 2;

/// What CEL itself calls functions; the rest are [`functions::names`].
const STANDARD: &[&str] = &[
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "string",
    "int",
    "uint",
    "double",
    "bool",
    "bytes",
    "type",
    "dyn",
    "hasValue",
    "value",
    "or",
    "orValue",
    "has",
    "all",
    "exists",
    "exists_one",
    "existsOne",
    "map",
    "filter",
    "optMap",
    "optFlatMap",
];
/// Names that stand for a type, as in `type(x) == string`.
const TYPES: &[&str] =
    &["bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type", "dyn", "optional_type"];
/// Names before a dot that belong to a function's name: `math.abs(x)`.
const NAMESPACES: &[&str] = &["math", "optional"];

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    env.add_extension(cel::extensions::math).expect("CEL's own libraries do not overlap");
    Arc::new(env)
});

/// What every scope stands on: the functions.
static ROOT: LazyLock<Context<'static, 'static>> = LazyLock::new(|| {
    let mut root = Context::with_env(Arc::clone(&ENV));
    functions::register(&mut root);
    root
});

/// A compiled expression. Cheap to clone; compiling takes about 0.1 ms, so compile once and keep it.
#[derive(Clone)]
pub struct Expression(Arc<Compiled>);

struct Compiled {
    text: String,
    root: Node,
    variables: BTreeSet<String>,
}

/// Why an expression cannot be compiled, or gave no value. Messages name types and names, never a person's data.
#[derive(thiserror::Error, Debug, Clone, PartialEq)]
pub enum ExpressionError {
    /// More than 2,000 characters.
    #[error("the expression is longer than {LENGTH} characters")]
    TooLong,
    /// Brackets or `? :` nested deeper than 32, loops deeper than 2, or a chain of operators longer than about 190.
    #[error("the expression is nested too deeply (at most {DEPTH} brackets and {LOOPS} loops)")]
    TooDeep,
    /// Not CEL, an unknown function, or a pattern that is not a valid literal.
    #[error("{message}{}", column.map(|c| format!(" (column {c})")).unwrap_or_default())]
    Syntax {
        /// What is wrong.
        message: String,
        /// Where in its line, counted from 1, when known.
        column: Option<usize>,
    },
    /// The expression met a value it cannot work with: null where text is needed, an unknown name, too much work.
    #[error("{message}")]
    Evaluation {
        /// What is wrong, with a suggestion for an unknown name.
        message: String,
    },
}

impl Expression {
    /// Compiles a text.
    ///
    /// # Errors
    /// [`ExpressionError`], never `Evaluation`. Unknown functions are found here; unknown variables and attributes
    /// only show when the expression is evaluated, see [`Expression::variables`].
    pub fn compile(text: &str) -> Result<Expression, ExpressionError> {
        if text.chars().count() > LENGTH {
            return Err(ExpressionError::TooLong);
        }
        if nesting(text) > DEPTH {
            return Err(ExpressionError::TooDeep);
        }
        // The generated parser has panicked on odd input in other releases; a typing error must not end a request.
        let parsed = catch_unwind(|| ENV.parser().max_recursion_depth(LIMIT).parse_with_source_info(text));
        let (mut root, source) = match parsed {
            Ok(Ok(parsed)) => parsed,
            Ok(Err(errors)) => return Err(syntax(&errors)),
            Err(_) => {
                return Err(ExpressionError::Syntax {
                    message: "the expression cannot be read".to_owned(),
                    column: None,
                });
            }
        };
        let mut check = Check { source: &source, bound: Vec::new(), variables: BTreeSet::new() };
        check.node(&mut root, 0, 0)?;
        let variables = check.variables;
        Ok(Expression(Arc::new(Compiled { text: text.to_owned(), root, variables })))
    }

    /// The text it was compiled from.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The variables it reads, e.g. `user`, `app`; not those its own loops bind.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.variables.iter().map(String::as_str)
    }

    /// The value it has in this scope. Optionals are unwrapped: an empty one is null.
    ///
    /// # Errors
    /// `Evaluation`.
    pub fn evaluate(&self, scope: &Scope) -> Result<Value, ExpressionError> {
        functions::refill();
        // As in `compile`: whatever the engine does, one expression fails, not the lane it runs in.
        let result = catch_unwind(AssertUnwindSafe(|| {
            let value = cel::Value::resolve_val(&self.0.root, &scope.0).map_err(|error| describe(&error, scope))?;
            to_json(value.as_ref())
        }));
        let result = result.unwrap_or_else(|_| Err("the expression cannot be evaluated".to_owned()));
        result.map_err(|message| ExpressionError::Evaluation { message })
    }

    /// Whether it holds in this scope; null counts as no, so that a rule over a missing attribute selects nobody.
    ///
    /// # Errors
    /// `Evaluation`, also when the value is neither a boolean nor null.
    pub fn condition(&self, scope: &Scope) -> Result<bool, ExpressionError> {
        match self.evaluate(scope)? {
            Value::Bool(holds) => Ok(holds),
            Value::Null => Ok(false),
            other => {
                let message = format!("a condition must give true or false, not {}", kind(&other));
                Err(ExpressionError::Evaluation { message })
            }
        }
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.0.text).finish()
    }
}

/// The variables expressions see. Made once per user, then used by many expressions.
pub struct Scope(Context<'static, 'static>);

impl Scope {
    /// A scope with these variables.
    pub fn new(variables: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let mut context = ROOT.new_inner_scope();
        for (name, value) in variables {
            context.add_variable_as_val(name, from_json(value));
        }
        Scope(context)
    }

    /// The names of the variables, and of their members two levels down: what a misspelt name may have meant.
    fn names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        if let Context::Child { variables, .. } = &self.0 {
            for (name, value) in variables {
                names.insert(name.as_str());
                collect_names(value.as_ref(), 2, &mut names);
            }
        }
        names
    }
}

fn collect_names<'a>(value: &'a dyn Val, levels: usize, names: &mut BTreeSet<&'a str>) {
    if levels == 0 {
        return;
    }
    if let Some(map) = value.downcast_ref::<CelMap>() {
        for (key, value) in map.inner() {
            if let CelMapKey::String(key) = key {
                names.insert(key.inner());
            }
            collect_names(value.as_ref(), levels - 1, names);
        }
    } else if let Some(first) = value.downcast_ref::<CelList>().and_then(|list| list.inner().first()) {
        collect_names(first.as_ref(), levels, names);
    }
}

/// A user's resource as expressions see it: every attribute of User and its extensions is there, null when
/// unset (`[]` for multi-valued, an object of nulls for `name` and its like), so that naming a declared attribute
/// never fails. The enterprise attributes stand under their URN, as in the resource, and again as
/// `user.enterprise.department`. What the schemas do not declare is kept as it is.
pub fn profile_for_expressions(user: &scim::Object, rt: &scim::ResourceType) -> Value {
    let mut profile = scim::Object::new();
    profile.insert("id".to_owned(), Value::Null);
    profile.insert("externalId".to_owned(), Value::Null);
    for attribute in &rt.schema.attributes {
        if attribute.returned != scim::Returned::Never {
            profile.insert(attribute.name.clone(), filled(attribute, user.get(&attribute.name)));
        }
    }
    for (name, value) in user {
        if !profile.contains_key(name) || profile[name].is_null() {
            profile.insert(name.clone(), value.clone());
        }
    }
    profile.remove("password");
    for extension in &rt.extensions {
        let held = user.get(&extension.schema.id).and_then(Value::as_object);
        let mut container = held.cloned().unwrap_or_default();
        for attribute in extension.schema.attributes.iter().filter(|a| a.returned != scim::Returned::Never) {
            let value = filled(attribute, held.and_then(|held| held.get(&attribute.name)));
            container.insert(attribute.name.clone(), value);
        }
        if extension.schema.id == scim::ENTERPRISE_URN {
            profile.insert("enterprise".to_owned(), Value::Object(container.clone()));
        }
        profile.insert(extension.schema.id.clone(), Value::Object(container));
    }
    Value::Object(profile)
}

/// An attribute's value with its unset sub-attributes as null.
fn filled(attribute: &scim::Attribute, value: Option<&Value>) -> Value {
    let object = |held: Option<&scim::Object>| {
        let mut object = held.cloned().unwrap_or_default();
        for sub in &attribute.sub_attributes {
            object.entry(sub.name.as_str()).or_insert(if sub.multi_valued {
                Value::Array(Vec::new())
            } else {
                Value::Null
            });
        }
        Value::Object(object)
    };
    match (attribute.multi_valued, value) {
        (true, Some(Value::Array(elements))) => elements
            .iter()
            .map(|element| element.as_object().map_or_else(|| element.clone(), |element| object(Some(element))))
            .collect(),
        (true, None | Some(Value::Null)) => Value::Array(Vec::new()),
        (false, held) if !attribute.sub_attributes.is_empty() => match held {
            Some(Value::Object(held)) => object(Some(held)),
            None | Some(Value::Null) => object(None),
            Some(other) => other.clone(),
        },
        (_, held) => held.cloned().unwrap_or(Value::Null),
    }
}

/// How deep brackets and `? :` nest, found without parsing: the parser must not be given what exhausts its stack.
/// Wrong only for text that is not CEL.
fn nesting(text: &str) -> usize {
    let (mut open, mut deepest) = (vec![0_usize], 0);
    let mut rest = text;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '"' | '\'' => rest = after_string(rest, c, matches!(before, 'r' | 'R')),
            '/' if rest.starts_with('/') => rest = rest.split_once('\n').map_or("", |(_, next)| next),
            '(' | '[' | '{' => open.push(0),
            // A stray closing bracket is for the parser to name.
            ')' | ']' | '}' if open.len() > 1 => drop(open.pop()),
            // `.?`, `[?` and `{?` are optionals, which do not nest.
            '?' if !matches!(before, '.' | '[' | '{' | ',') => {
                if let Some(level) = open.last_mut() {
                    *level += 1;
                }
            }
            _ => {}
        }
        deepest = deepest.max(open.len() - 1 + open.iter().sum::<usize>());
        if !c.is_whitespace() {
            before = c;
        }
    }
    deepest
}

/// What follows a string whose opening quote was just read.
fn after_string(text: &str, quote: char, raw: bool) -> &str {
    let one = quote.to_string();
    let (mut rest, end) = match text.strip_prefix(&one.repeat(2)) {
        Some(rest) => (rest, one.repeat(3)),
        None => (text, one),
    };
    while !rest.is_empty() {
        if let Some(next) = rest.strip_prefix(&end) {
            return next;
        }
        let mut chars = rest.chars();
        if chars.next() == Some('\\') && !raw {
            chars.next();
        }
        rest = chars.as_str();
    }
    rest
}

/// The parser's own limit; [`nesting`] has already judged, this only catches what it cannot see.
const LIMIT: u16 = 3 * DEPTH as u16;

fn syntax(errors: &cel::ParseErrors) -> ExpressionError {
    let Some(first) = errors.errors.first() else {
        return ExpressionError::Syntax { message: "the expression cannot be read".to_owned(), column: None };
    };
    // The list of every token that could have stood there helps nobody.
    let message = first.msg.split(" expecting {").next().unwrap_or_default().trim_start_matches("Syntax error: ");
    let (line, column) = first.pos;
    let line = if line > 1 { format!("line {line}: ") } else { String::new() };
    ExpressionError::Syntax {
        message: format!("{line}{message}"),
        column: usize::try_from(column).ok().filter(|c| *c > 0),
    }
}

/// One walk over a parsed expression: bounds, names, patterns, and the meters in its loops.
struct Check<'s> {
    source: &'s SourceInfo,
    /// Variables of the loops around the node.
    bound: Vec<String>,
    variables: BTreeSet<String>,
}

impl Check<'_> {
    fn error(&self, node: u64, message: String) -> ExpressionError {
        let start = self.source.offset_for(node).and_then(|(start, _)| usize::try_from(start).ok());
        // Offsets count from the start of the text; only in a text of one line is that a column.
        let column = start.filter(|_| !self.source.source.contains('\n')).map(|start| start + 1);
        ExpressionError::Syntax { message, column }
    }

    /// A call stands where its bracket opens; its name is before that.
    fn error_in_name(&self, node: u64, name: &str, message: String) -> ExpressionError {
        match self.error(node, message) {
            ExpressionError::Syntax { message, column: Some(column) } => {
                ExpressionError::Syntax { message, column: Some(column.saturating_sub(name.len()).max(1)) }
            }
            other => other,
        }
    }

    fn node(&mut self, node: &mut Node, depth: usize, loops: usize) -> Result<(), ExpressionError> {
        if depth > TREE {
            return Err(ExpressionError::TooDeep);
        }
        let id = node.id;
        match &mut node.expr {
            Expr::Unspecified => {
                return Err(self.error(id, "the expression cannot be read".to_owned()));
            }
            Expr::Literal(_) => {}
            Expr::Ident(name) => {
                let plain = name.trim_start_matches('.');
                let known = plain.starts_with(['@', '#'])
                    || TYPES.contains(&plain)
                    || self.bound.iter().any(|bound| bound == plain);
                if !known {
                    self.variables.insert(plain.to_owned());
                }
            }
            Expr::Select(select) => self.node(&mut select.operand, depth + 1, loops)?,
            Expr::Struct(made) => {
                return Err(self.error(
                    id,
                    format!("there is no type '{}'; an object is written {{'name': value}}", made.type_name),
                ));
            }
            Expr::List(list) => {
                for element in &mut list.elements {
                    self.node(element, depth + 1, loops)?;
                    meter(element, functions::CHARGE, loops);
                }
            }
            Expr::Map(map) => {
                for entry in &mut map.entries {
                    let (key, value) = match &mut entry.expr {
                        EntryExpr::MapEntry(entry) => (Some(&mut entry.key), &mut entry.value),
                        EntryExpr::StructField(field) => (None, &mut field.value),
                    };
                    if let Some(key) = key {
                        self.node(key, depth + 1, loops)?;
                    }
                    self.node(value, depth + 1, loops)?;
                    meter(value, functions::CHARGE, loops);
                }
            }
            Expr::Call(call) => {
                self.call(id, call, depth, loops)?;
                // A loop's own `@result + [x]` must keep its shape, which the engine makes fast; its x is metered.
                let own = call
                    .args
                    .first()
                    .is_some_and(|arg| matches!(&arg.expr, Expr::Ident(name) if name.starts_with('@')));
                if call.func_name == operators::ADD && !own {
                    meter(node, functions::CHARGE, loops);
                }
            }
            Expr::Comprehension(comprehension) => {
                // `optMap` and its like are loops over an empty list that only bind a name.
                let binds = matches!(&comprehension.iter_range.expr, Expr::List(list) if list.elements.is_empty());
                let inner = if binds { loops.max(1) } else { loops + 1 };
                if inner > LOOPS {
                    return Err(ExpressionError::TooDeep);
                }
                self.node(&mut comprehension.iter_range, depth + 1, loops)?;
                self.node(&mut comprehension.accu_init, depth + 1, inner)?;
                if !binds {
                    meter(&mut comprehension.iter_range, functions::WITHIN, 1);
                }
                let bound = self.bound.len();
                self.bound.extend([comprehension.iter_var.clone(), comprehension.accu_var.clone()]);
                self.bound.extend(comprehension.iter_var2.clone());
                self.node(&mut comprehension.loop_cond, depth + 1, inner)?;
                self.node(&mut comprehension.loop_step, depth + 1, inner)?;
                self.node(&mut comprehension.result, depth + 1, inner)?;
                self.bound.truncate(bound);
            }
        }
        Ok(())
    }

    fn call(&mut self, id: u64, call: &mut CallExpr, depth: usize, loops: usize) -> Result<(), ExpressionError> {
        let namespaced = call.target.as_ref().is_some_and(|target| {
            matches!(&target.expr, Expr::Ident(name) if NAMESPACES.contains(&name.as_str()) && !self.bound.contains(name))
        });
        let name = call.func_name.as_str();
        let operator = name.starts_with('@') || !name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !namespaced && !operator && !STANDARD.contains(&name) && !functions::names().any(|known| known == name) {
            let known = STANDARD.iter().copied().chain(functions::names().filter(|name| !name.starts_with('@')));
            return Err(self.error_in_name(
                id,
                name,
                format!("there is no function '{name}'{}", suggestion(name, known)),
            ));
        }
        if matches!(name, "matches" | "regexReplace" | "regexExtract")
            && let Some(pattern) = call.args.get(usize::from(call.target.is_none()))
        {
            // A pattern from data could be anything; a literal is checked now and compiled once.
            let Expr::Literal(LiteralValue::String(text)) = &pattern.expr else {
                return Err(self.error(pattern.id, format!("the pattern of '{name}' must be written out in quotes")));
            };
            functions::pattern(text.inner()).map_err(|message| self.error(pattern.id, message))?;
        }
        if name == "matches" {
            call.func_name = functions::MATCHES.to_owned();
        }
        if let Some(target) = call.target.as_mut().filter(|_| !namespaced) {
            self.node(target, depth + 1, loops)?;
        }
        call.args.iter_mut().try_for_each(|arg| self.node(arg, depth + 1, loops))
    }
}

/// Inside a loop, wraps a node in a function that charges for its value.
fn meter(node: &mut Node, function: &str, loops: usize) {
    if loops > 0 && !matches!(node.expr, Expr::Literal(_)) {
        let id = node.id;
        let metered = std::mem::take(node);
        let call = CallExpr { func_name: function.to_owned(), target: None, args: vec![metered] };
        *node = Node { id, expr: Expr::Call(call) };
    }
}

/// `; did you mean 'x'?` when a known name is close, else nothing.
pub(crate) fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let wanted = name.to_lowercase();
    let close = known.map(|known| (distance(&wanted, &known.to_lowercase()), known)).min();
    match close {
        Some((distance, known)) if distance <= name.chars().count().div_ceil(3) => {
            format!("; did you mean '{known}'?")
        }
        _ => String::new(),
    }
}

/// How many letters must be put in, left out or changed to make one name of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// The engine's error in our words. Its own print the values it met, which are people's data.
fn describe(error: &ExecutionError, scope: &Scope) -> String {
    let cannot = |operation: &str, types: &[String]| {
        let missing = if types.iter().any(|t| t == "null_type" || t == "null") {
            "; a value is missing: try default(…), present(…) or joinPresent(…)"
        } else {
            ""
        };
        format!("'{}' does not take {}{missing}", operation.trim_matches(['_', '@']), types.join(" and "))
    };
    let type_of = |value: &cel::Value| value.type_of().to_string();
    match error {
        ExecutionError::UndeclaredReference(name) => {
            format!("there is no '{name}'{}", suggestion(name, scope.names().into_iter()))
        }
        ExecutionError::NoSuchKey(name) => {
            format!("there is no attribute '{name}'{}", suggestion(name, scope.names().into_iter()))
        }
        ExecutionError::NoSuchOverload(call) => cannot(call.function(), call.argument_types()),
        ExecutionError::UnsupportedBinaryOperator(operator, left, right) => {
            cannot(operator, &[type_of(left), type_of(right)])
        }
        ExecutionError::ValuesNotComparable(left, right) => cannot("comparing", &[type_of(left), type_of(right)]),
        ExecutionError::UnsupportedIndex(index, value) => cannot("[ ]", &[type_of(value), type_of(index)]),
        ExecutionError::UnexpectedType { want, .. } => {
            format!("a {want} is needed here, and this is something else or missing")
        }
        ExecutionError::FunctionError { function, message } => match function.as_str() {
            hidden if hidden.starts_with('@') => message.clone(),
            shown => format!("{shown}: {message}"),
        },
        ExecutionError::InvalidArgumentCount { expected, actual } => {
            format!("{expected} arguments are needed, not {actual}")
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "a division by zero".to_owned(),
        ExecutionError::Overflow(..) => "a number is too large".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => {
            "the list is shorter than that; x[?0].orValue(…) allows for it".to_owned()
        }
        ExecutionError::DuplicateKey(_) => "an object has the same name twice".to_owned(),
        ExecutionError::UnsupportedKeyType(_) => "this cannot be a name in an object".to_owned(),
        ExecutionError::MissingArgumentOrTarget => "an argument is missing".to_owned(),
        _ => "the expression cannot be evaluated".to_owned(),
    }
}

/// A JSON value's kind, for messages.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn from_json(value: Value) -> Box<dyn Val> {
    match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(truth) => Box::new(CelBool::from(truth)),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Box::new(CelInt::from(number)),
            (None, Some(number)) => Box::new(CelUInt::from(number)),
            (None, None) => Box::new(CelDouble::from(number.as_f64().unwrap_or_default())),
        },
        Value::String(text) => Box::new(CelString::from(text)),
        Value::Array(elements) => Box::new(CelList::from(elements.into_iter().map(from_json).collect::<Vec<_>>())),
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (CelMapKey::from(name), from_json(value)));
            Box::new(CelMap::from(members.collect::<HashMap<_, _>>()))
        }
    }
}

fn to_json(value: &dyn Val) -> Result<Value, String> {
    Ok(if let Some(text) = value.downcast_ref::<CelString>() {
        Value::String(text.inner().to_owned())
    } else if value.downcast_ref::<CelNull>().is_some() {
        Value::Null
    } else if let Some(truth) = value.downcast_ref::<CelBool>() {
        Value::Bool(*truth.inner())
    } else if let Some(number) = value.downcast_ref::<CelInt>() {
        (*number.inner()).into()
    } else if let Some(number) = value.downcast_ref::<CelUInt>() {
        (*number.inner()).into()
    } else if let Some(number) = value.downcast_ref::<CelDouble>() {
        serde_json::Number::from_f64(*number.inner()).map(Value::Number).ok_or("the number is not finite")?
    } else if let Some(list) = value.downcast_ref::<CelList>() {
        Value::Array(list.inner().iter().map(|element| to_json(element.as_ref())).collect::<Result<_, _>>()?)
    } else if let Some(map) = value.downcast_ref::<CelMap>() {
        let mut members: Vec<(String, &Box<dyn Val>)> =
            map.inner().iter().map(|(name, value)| (key(name), value)).collect();
        // The map has no order of its own; the same expression must give the same text every time.
        members.sort_by(|a, b| a.0.cmp(&b.0));
        let members = members.into_iter().map(|(name, value)| Ok((name, to_json(value.as_ref())?)));
        Value::Object(members.collect::<Result<_, String>>()?)
    } else if let Some(optional) = value.downcast_ref::<CelOptional>() {
        optional.option().map(to_json).transpose()?.unwrap_or(Value::Null)
    } else {
        return Err(format!("a {} is not a value an attribute can have", value.get_type().name()));
    })
}

fn key(key: &CelMapKey<'_>) -> String {
    match key {
        CelMapKey::Bool(truth) => truth.inner().to_string(),
        CelMapKey::Int(number) => number.inner().to_string(),
        CelMapKey::UInt(number) => number.inner().to_string(),
        CelMapKey::String(text) => text.inner().to_owned(),
    }
}

#[cfg(test)]
mod tests;

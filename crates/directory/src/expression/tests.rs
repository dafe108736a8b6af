//! Expressions: what they give, what they refuse, what they cost.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn run(text: &str, scope: &Scope) -> Result<Value, ExpressionError> {
    Expression::compile(text)?.evaluate(scope)
}

fn person() -> Scope {
    let user = json!({
        "userName": "ana@example.org", "title": "Head", "name": {"givenName": "Ana", "familyName": "Ñandú"},
        "emails": [{"value": "a@work.example", "type": "work", "primary": true}, {"value": "a@home.example"}],
        scim::ENTERPRISE_URN: {"department": "HR"}, "shoeSize": 38,
    });
    Scope::new([
        ("user", profile_for_expressions(user.as_object().unwrap(), scim::ResourceType::user())),
        ("app", json!({"name": "Wiki"})),
    ])
}

fn nobody() -> Scope {
    Scope::new([("user", profile_for_expressions(&scim::Object::new(), scim::ResourceType::user()))])
}

#[test]
fn values_and_optionals() {
    let scope = person();
    for (text, expected) in [
        ("user.userName + '.test'", json!("ana@example.org.test")),
        ("user.shoeSize + 1", json!(39)),
        ("user.enterprise.department", json!("HR")),
        ("user['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'].department", json!("HR")),
        ("user.?title", json!("Head")),
        ("user.?nothing", json!(null)),
        ("[user.?nothing, user.?title]", json!([null, "Head"])),
        ("optional.of('x')", json!("x")),
        ("{'HR': 'x'}[?user.enterprise.department].orValue('y')", json!("x")),
        ("user.emails.filter(e, e.type == 'work')[?0].?value.orValue('')", json!("a@work.example")),
        ("user.emails.filter(e, e.type == 'none')[?0].?value", json!(null)),
        ("[{'type': 'work', 'value': user.userName}]", json!([{"type": "work", "value": "ana@example.org"}])),
        ("user.emails.exists(e, e.primary == true) ? 1.5 : 2", json!(1.5)),
        ("user.emails.map(e, [1, 2].map(n, e.value + string(n)))[1][0]", json!("a@home.example1")),
        ("optional.of('x').optMap(v, v + v)", json!("xx")),
        ("math.bitAnd(6, 2) == 2 && math.abs(-1) == 1", json!(true)),
        ("app.name", json!("Wiki")),
        ("18446744073709551615u", json!(u64::MAX)),
    ] {
        assert_eq!(run(text, &scope), Ok(expected), "{text}");
    }
}

#[test]
fn declared_attributes_never_fail() {
    let scope = nobody();
    let rt = scim::ResourceType::user();
    for attribute in rt.schema.attributes.iter().filter(|a| a.returned != scim::Returned::Never) {
        let expected = match (attribute.multi_valued, attribute.sub_attributes.is_empty()) {
            (true, _) => "[]",
            (false, true) => "null",
            (false, false) => {
                "{'formatted': null, 'familyName': null, 'givenName': null, 'middleName': null, 'honorificPrefix': null, 'honorificSuffix': null}"
            }
        };
        let text = format!("user.{} == {expected}", attribute.name);
        assert_eq!(run(&text, &scope), Ok(json!(true)), "{text}");
    }
    for text in [
        "user.name.givenName",
        "user.enterprise.department",
        "user.enterprise.manager.value",
        "user.id",
        "user.externalId",
    ] {
        assert_eq!(run(text, &scope), Ok(Value::Null), "{text}");
    }
    // An element without a type still has one to compare.
    assert_eq!(run("user.emails[1].type", &person()), Ok(Value::Null));
    let secret = json!({"password": "x"});
    assert_eq!(profile_for_expressions(secret.as_object().unwrap(), scim::ResourceType::user()).get("password"), None);
}

#[test]
fn conditions() {
    let scope = person();
    let holds = |text: &str| Expression::compile(text).unwrap().condition(&scope);
    assert_eq!(holds("user.title == 'Head'"), Ok(true));
    assert_eq!(holds("user.title in ['Tail']"), Ok(false));
    assert_eq!(holds("user.active"), Ok(false));
    assert!(holds("user.title").unwrap_err().to_string().contains("not a text"));
}

#[test]
fn lengths_and_depths() {
    let compile = |text: String| Expression::compile(&text).map(|e| e.text().len());
    assert_eq!(compile(format!("'{}'", "é".repeat(1_998))), Ok(3_998));
    assert_eq!(compile(format!("'{}'", "é".repeat(1_999))), Err(ExpressionError::TooLong));
    for (open, close) in [("(", ")"), ("[", "]"), ("{1: ", "}"), ("size([", "])"), ("true ? 1 : ", "")] {
        let levels = if open == "size([" { 16 } else { 32 };
        let nested = |n: usize| compile(format!("{}1{}", open.repeat(n), close.repeat(n)));
        assert!(nested(levels).is_ok(), "{open}: {:?}", nested(levels));
        assert_eq!(nested(levels + 1), Err(ExpressionError::TooDeep), "{open}");
    }
    // Brackets in text and comments are not brackets.
    for quoted in [
        "'((((((((((((((((((((((((((((((((((('",
        "r\"\\\" + \"(((((((((((((((((((((((((((((((((((\"",
        "'''it's ((((((((((((((((((((((((((((((((((((((('''",
        "1 // ((((((((((((((((((((((((((((((((((((((",
    ] {
        assert!(compile(quoted.to_owned()).is_ok(), "{quoted}: {:?}", compile(quoted.to_owned()));
    }
    assert!(compile(["1"; 150].join("+")).is_ok());
    assert_eq!(compile(["1"; 900].join("+")), Err(ExpressionError::TooDeep));
}

#[test]
fn loops_are_bounded() {
    let list = format!("[{}]", ["1"; 200].join(","));
    let scope = Scope::new([("l", serde_json::from_str(&list).unwrap()), ("s", json!("x".repeat(4_096)))]);
    assert_eq!(run("l.map(a, l.filter(b, b == a).size()).size()", &scope), Ok(json!(200)));
    assert_eq!(Expression::compile("l.map(a, l.map(b, l.map(c, 1)))").unwrap_err(), ExpressionError::TooDeep);
    assert_eq!(Expression::compile("l.map(a, l.map(b, 1).map(c, l.map(d, 1)))").unwrap_err(), ExpressionError::TooDeep);
    let range = Expression::compile("lists.range(10)").unwrap_err().to_string();
    assert!(range.contains("no function 'range'"), "{range}");
    let doubling = format!("optional.of(s){}", ".optMap(v, v + v)".repeat(60));
    let listing = format!("[s]{}", ".map(v, [v, v, v, v])".repeat(60));
    for text in [
        "l.map(a, l.map(b, l.size())).map(a, l.map(b, 1)).map(a, l.map(b, 1))",
        "l.map(a, l.map(b, s))",
        "l.map(a, s).join('').split('x').map(a, s)",
        "s.replace('x', s).replace('x', s)",
        "regexReplace(s, 'x', s)",
        "l.exists(a, l.all(b, l.exists_one(c, true)))",
        &doubling,
        &listing,
    ] {
        let error = run(text, &scope).unwrap_err();
        assert!(error == ExpressionError::TooDeep || error.to_string().contains("too much"), "{text}: {error}");
    }
    // The next evaluation has its own budget.
    assert_eq!(run("l.exists(a, a == 1)", &scope), Ok(json!(true)));
}

#[test]
fn errors_say_where_and_what() {
    let column = |text: &str| match Expression::compile(text) {
        Err(ExpressionError::Syntax { column, .. }) => column,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(column("user.title +"), Some(13));
    assert_eq!(column("'a' ++ lowr('b')"), Some(6));
    let compile = |text: &str| Expression::compile(text).unwrap_err().to_string();
    assert_eq!(compile("1 + lowr('b')"), "there is no function 'lowr'; did you mean 'lower'? (column 5)");
    assert!(
        compile("'a'.matches('(')").contains("the pattern is not valid: unclosed group"),
        "{}",
        compile("'a'.matches('(')")
    );
    assert!(compile("'a'.matches(user.title)").contains("in quotes"));
    assert!(compile("regexExtract('a', app.name)").contains("in quotes"));
    assert!(compile("User{a: 1}").contains("there is no type 'User'"));
    let scope = person();
    let evaluate = |text: &str| run(text, &scope).unwrap_err().to_string();
    assert_eq!(evaluate("usr.title"), "there is no 'usr'; did you mean 'user'?");
    assert_eq!(evaluate("user.titel"), "there is no attribute 'titel'; did you mean 'title'?");
    assert_eq!(evaluate("user.name.givenname"), "there is no attribute 'givenname'; did you mean 'givenName'?");
    assert_eq!(evaluate("user.qqqqqq"), "there is no attribute 'qqqqqq'");
    assert!(evaluate("user.nickName + 'x'").contains("a value is missing"), "{}", evaluate("user.nickName + 'x'"));
    assert!(evaluate("user.emails[5]").contains("shorter"));
    assert_eq!(evaluate("1 / 0"), "a division by zero");
    assert!(evaluate("9223372036854775807 + 1").contains("too large"));
    assert!(evaluate("b'abc'").contains("bytes"));
    // Nothing of the person's is in a message.
    for text in [
        "user.userName + 1",
        "user.userName.size().x",
        "user.title > 1",
        "-user.title",
        "user.emails + 1",
        "user.title[0]",
        "int(user.title)",
        "user.name.x",
        "user.title.foo",
        "user.title in user.title",
    ] {
        let message = evaluate(text);
        assert!(
            !message.contains("ana@") && !message.contains("Head") && !message.contains("work.example"),
            "{text}: {message}"
        );
    }
}

#[test]
fn variables_are_those_not_bound() {
    let compiled =
        Expression::compile("user.emails.map(e, e.value + app.name + x)[0] + string(type(1) == int)").unwrap();
    assert_eq!(compiled.variables().collect::<Vec<_>>(), ["app", "user", "x"]);
}

/// The worst shapes, on the stack that an asynchronous worker has.
#[test]
fn two_mebibytes_of_stack_are_enough() {
    let shapes = vec![
        "(".repeat(32) + "1" + &")".repeat(32),
        "[".repeat(32) + "1" + &"]".repeat(32),
        "{1:".repeat(32) + "1" + &"}".repeat(32),
        "lower(".repeat(32) + "'a'" + &")".repeat(32),
        "!".repeat(1_900) + "true",
        "-".repeat(1_900) + "1",
        ["1"; 1_000].join("+"),
        ["1"; 1_000].join("<"),
        ["true"; 330].join("&&"),
        "a".to_owned() + &".b".repeat(990),
        "a".to_owned() + &"[0]".repeat(660),
        "'a'".to_owned() + &".trim()".repeat(280),
        "[".repeat(1_000),
        "true?".repeat(399) + "1",
        "[]".to_owned() + &".map(a,a)".repeat(200),
        "?".repeat(2_000),
        ".?a".repeat(600),
        "a[?".repeat(600),
        "{?a:".repeat(400),
    ];
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let scope = person();
        for text in shapes {
            if let Ok(compiled) = Expression::compile(&text) {
                drop(compiled.evaluate(&scope));
            }
        }
    });
    worker.unwrap().join().unwrap();
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in prop_oneof![
        ".{0,40}",
        proptest::collection::vec(prop::sample::select(vec![
            "user", ".", "title", "emails", "map", "filter", "(", ")", "[", "]", "{", "}", "e", ",", "+", "-", "!", "&&", "||", "?", ":", "'a'", "\"", "'",
            "1", "2u", "1.5", "0x", "in", "==", "<", "lower", "left", "matches", "r'x'", "b'", "null", "true", "has", "optional", "none", "of", "`", "\\", "//", "\n", "@", "#", "é", "break",
        ]), 0..25).prop_map(|words| words.concat()),
    ]) {
        let scope = person();
        if let Ok(compiled) = Expression::compile(&text) {
            drop(compiled.evaluate(&scope));
            drop(compiled.condition(&scope));
        }
    }
}

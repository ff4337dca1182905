//! A browser: cookies kept, redirects followed by hand, forms filled from the page they are on.

use std::cell::RefCell;
use std::collections::BTreeMap;

use form_urlencoded::Serializer;
use storage::accounts::Kind;

use crate::support::{Authenticator, Caller, House, Reply, code_form};

pub const PASSWORD: &str = demo::sign_ins::PASSWORD;

/// One browser.
pub struct Browser {
    caller: Caller,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// A page as it was shown.
pub struct Page {
    pub reply: Reply,
    pub html: String,
}

impl Page {
    /// The value of a form's field.
    pub fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at = self.html.find(&start).map(|at| at + start.len());
        let rest = at.and_then(|at| self.html.get(at..)).unwrap_or_default();
        let value = rest.split('"').next().unwrap_or_default();
        value.replace("&#38;", "&").replace("&amp;", "&")
    }
    /// The challenge for a passkey.
    pub fn challenge(&self) -> String {
        let options = self.html.split("data-options=\"").nth(1).unwrap();
        let options = options.split('"').next().unwrap();
        let options = options.replace("&#34;", "\"").replace("&quot;", "\"");
        let options: serde_json::Value = serde_json::from_str(&options).unwrap();
        options["challenge"].as_str().unwrap().to_owned()
    }
    /// The secret an authenticator app is to be set up with.
    pub fn secret(&self) -> Vec<u8> {
        let secret = self.html.split("class=\"secret\">").nth(1).unwrap();
        smart::totp::bytes_of(secret.split('<').next().unwrap()).unwrap()
    }
    /// Where the browser is sent.
    pub fn location(&self) -> String {
        self.reply.header("location").to_owned()
    }
    pub fn status(&self) -> u16 {
        self.reply.status.as_u16()
    }
}

impl Browser {
    pub fn of(house: &House) -> Self {
        Self {
            caller: house.anonymous(),
            cookies: RefCell::default(),
        }
    }
    /// A browser at another router.
    pub fn at(router: axum::Router) -> Self {
        Self {
            caller: Caller::new(router, None),
            cookies: RefCell::default(),
        }
    }
    /// The same browser in another network.
    pub fn from(mut self, address: &str) -> Self {
        self.caller = self.caller.from(address);
        self
    }
    /// The same browser under this name.
    pub fn agent(mut self, name: &str) -> Self {
        self.caller = self.caller.with("user-agent", name);
        self
    }
    fn caller(&self) -> Caller {
        let cookies = self.cookies.borrow();
        let line: Vec<String> = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        self.caller.with("cookie", &line.join("; "))
    }
    fn keep(&self, reply: Reply) -> Page {
        for cookie in reply.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.borrow_mut();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        let html = reply.text();
        Page { reply, html }
    }
    pub async fn get(&self, path: &str) -> Page {
        self.keep(self.caller().get(path).await)
    }
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_from(None, path, fields).await
    }
    /// As a page of another origin would send it.
    pub async fn post_from(
        &self,
        origin: Option<&str>,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        let caller = match origin {
            Some(origin) => self.caller().with("origin", origin),
            None => self.caller(),
        };
        self.keep(caller.post_form(path, &form).await)
    }
    /// Sends a form with files, each with its field, name and bytes.
    pub async fn send(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Page {
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(format!("{head}{value}\r\n").as_bytes());
        }
        for (name, file, bytes) in files {
            let named = format!("name=\"{name}\"; filename=\"{file}\"");
            let head = format!("--edge\r\ncontent-disposition: form-data; {named}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        let kind = "multipart/form-data; boundary=edge";
        let caller = self.caller().with("content-type", kind);
        self.keep(caller.post(path, body).await)
    }
    /// Fills the one form with a `code` that a page shows, and sends it.
    pub async fn type_code(&self, path: &str, code: &str) -> Page {
        let page = self.get(path).await;
        assert_eq!(page.status(), 200, "{path} leads to {}", page.location());
        let fields = [
            ("csrf", &*page.field("csrf")),
            ("next", &page.field("next")),
            ("code", code),
        ];
        self.post(path.split('?').next().unwrap(), &fields).await
    }
    /// Lets a passkey answer what the page asks.
    pub async fn use_passkey(&self, path: &str, passkey: &mut Authenticator) -> Page {
        let page = self.get(path).await;
        assert_eq!(page.status(), 200, "{path} leads to {}", page.location());
        let answer = passkey.get(&page.challenge()).to_string();
        let fields = [
            ("csrf", &*page.field("csrf")),
            ("next", &page.field("next")),
            ("credential", &answer),
        ];
        self.post(path.split('?').next().unwrap(), &fields).await
    }
    /// Fills the sign-in form and sends it.
    pub async fn sign_in(&self, username: &str, password: &str, next: &str) -> Page {
        let fields = [("username", username), ("password", password)];
        self.send_sign_in(next, &fields).await
    }
    /// The same on a computer that others use too.
    pub async fn sign_in_shared(&self, username: &str, next: &str) -> Page {
        let fields = [
            ("username", username),
            ("password", PASSWORD),
            ("shared_computer", "yes"),
        ];
        self.send_sign_in(next, &fields).await
    }
    async fn send_sign_in(&self, next: &str, typed: &[(&str, &str)]) -> Page {
        let page = self
            .get(&format!("/account/sign-in?again=1&next={next}"))
            .await;
        let (csrf, next) = (page.field("csrf"), page.field("next"));
        let own = [("csrf", csrf.as_str()), ("next", &next)];
        self.post("/account/sign-in", &[&own[..], typed].concat())
            .await
    }
}

impl House {
    /// The token answer for a code of the public app.
    pub async fn tokens(&self, code: &str) -> serde_json::Value {
        let form = code_form(code);
        let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, &**v)).collect();
        let answer = self.exchange("public-app", None, &form).await;
        answer.expect(200).json()
    }
    /// Gives an account an address for mail.
    pub async fn with_mail(&self, account: &str) {
        let accounts = self.storage.accounts();
        let address = Some("person@mail.example");
        assert!(accounts.set_email(account, address).await.unwrap());
    }
    /// Gives one of the fixtures' people a password.
    pub async fn with_password(&self, person: &str) {
        let account = self.account(person, Kind::Patient).await;
        let hash = demo::sign_ins::password_hash().unwrap();
        let accounts = self.storage.accounts();
        assert!(accounts.set_password(&account, &hash).await.unwrap());
    }
}

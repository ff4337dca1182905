//! The house the vectors of one pack are asked in, and whoever asks: account, client, authorization and token.

use std::sync::Arc;

use access::actor::Account as AccountState;
use access::sensitivity::Rules;
use access::{Access, Action, Content, ResourceFacts, Standing, facts, sensitivity};
use fhir::{Document, ResourceType};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use smart::udap::B2b;
use storage::{accounts, clients, emergencies::Emergency, grants::Grant, tickets};

use super::resources::asked_for;
use super::{Vector, flag, text, texts};
use crate::oauth::community::{Member, community, registered};
use crate::support::{BASE, Caller, House};

/// A token that outlives all instants of the vectors.
const LONG_SECONDS: i64 = 5 * 365 * 86_400;

/// A house under a pack, in a trust community with a member.
pub struct Place {
    pub house: House,
    backend: Caller,
    member: String,
}

impl Place {
    pub async fn under(pack: &str) -> Self {
        let house = House::under(pack).await;
        let authority = community();
        let membership = authority.membership(&format!("{BASE}/fhir")).unwrap();
        house.web.udap.replace(Some(membership));
        kinchart::server::trust(&house.storage, &house.web.udap);
        let member = registered(
            &house,
            &Member::of(&authority, "https://org-x.example/fhir"),
        )
        .await;
        house.move_clock("2025-01-01T00:00:00Z");
        let client = house.client("backend", clients::Kind::Backend, false).await;
        let grant = house.grant(&client, "system/*.cruds");
        let backend = house.bearer(&house.token(grant, LONG_SECONDS).await);
        let place = Self {
            house,
            backend,
            member,
        };
        place
            .put(&[
                json!({"resourceType": "Practitioner", "id": "d1", "name": [{"text": "Dr. Wu"}]}),
                json!({"resourceType": "HealthcareService", "id": "pool", "name": "Nurses"}),
                json!({"resourceType": "Organization", "id": "org-x", "name": "X"}),
                json!({"resourceType": "Organization", "id": "org-y", "name": "Y"}),
            ])
            .await
            .unwrap();
        place
    }

    /// Writes resources at once.
    pub async fn put(&self, resources: &[Value]) -> Result<(), String> {
        let entry = |resource: &Value| {
            let kind = text(resource, "resourceType").unwrap();
            let url = format!("{kind}/{}", text(resource, "id").unwrap());
            json!({"resource": resource, "request": {"method": "PUT", "url": url}})
        };
        let entries: Vec<Value> = resources.iter().map(entry).collect();
        let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries});
        let reply = self.backend.post("/fhir", bundle).await;
        if reply.status == 200 {
            Ok(())
        } else {
            Err(reply.text())
        }
    }

    /// Whether it is there, for those who may see everything.
    pub async fn holds(&self, path: &str) -> bool {
        self.backend.get(path).await.status == 200
    }

    /// An entry of the log about a patient.
    pub async fn audit_event(&self, patient: &str) -> String {
        self.backend
            .get(&format!("/fhir/Patient/{patient}"))
            .await
            .expect(200);
        let found = self
            .backend
            .get(&format!("/fhir/AuditEvent?patient={patient}"))
            .await;
        found
            .expect(200)
            .ids(None)
            .first()
            .cloned()
            .unwrap_or_default()
    }

    /// Whoever the vector says asks, with their token.
    pub async fn caller(&self, vector: &Vector) -> Caller {
        let kind = text(&vector.actor, "kind").unwrap();
        if kind == "anonymous" {
            return self.house.anonymous();
        }
        let client = self.client(vector, kind).await;
        // Issued in time to end when it is said to.
        let ends = text(&vector.client, "exp").map(|at| at.parse::<Timestamp>().unwrap());
        let (at, lifetime) = match ends {
            Some(ends) => (ends - SignedDuration::from_secs(3_600), 3_600),
            None => (self.house.now(), LONG_SECONDS),
        };
        let mut grant = self
            .house
            .grant(&client, &texts(&vector.client, "scopes").join(" "));
        grant.patient = text(&vector.client, "patient").map(|of| vector.id(of));
        grant.auth_time = Some(at);
        if matches!(kind, "self" | "proxy" | "staff") {
            grant.account = Some(self.account(vector, kind).await);
            grant.fhir_user = Some(match kind {
                "self" => format!("Patient/{}", vector.id("p1")),
                "proxy" => format!("RelatedPerson/{}", vector.id("r")),
                _ => "Practitioner/d1".to_owned(),
            });
        }
        let id = grant.id.clone();
        let token = self.token(vector, &grant, lifetime, at).await;
        if flag(&vector.actor, "btg") {
            self.break_glass(vector, &grant).await;
        }
        if let Some(task) = text(&vector.actor, "ticket") {
            self.open_ticket(vector, &grant, task).await;
        }
        if flag(&vector.client, "revoked") {
            let revoked = self
                .house
                .storage
                .grants()
                .revoke(&id, self.house.now())
                .await;
            assert!(revoked.unwrap());
        }
        self.house.move_clock(&vector.now);
        if let Some(reason) = text(&vector.expect, "reason") {
            let hash = smart::jwk::hash_of_secret(&token);
            let now = vector.now.parse().unwrap();
            let standing = self.house.storage.standing_of_token(&hash, now).await;
            assert_eq!(
                self.reason(vector, standing.unwrap().unwrap()),
                reason,
                "{}",
                vector.id(kind)
            );
        }
        self.house.bearer(&token)
    }

    /// Why, which is not shown over HTTP: so that no answer is right by another rule than the vector is about.
    pub fn reason(&self, vector: &Vector, standing: Arc<Standing>) -> &'static str {
        let request = &vector.request;
        let Some(kind) = ResourceType::from_name(text(request, "type").unwrap()) else {
            return "DENY_TYPE";
        };
        let now = vector.now.parse().unwrap();
        let pack = self.house.web.pack.clone();
        let access = match Access::open(standing, pack, now) {
            Ok(access) => access,
            Err(denial) => return denial.reason.0,
        };
        let asked = Document::parse(asked_for(vector).to_string()).unwrap();
        let (rules, root) = (Rules::shipped(), asked.root());
        let id = vector.id(if flag(request, "self_relationship") {
            "r"
        } else {
            "asked"
        });
        let owner = text(request, "subject").map(|of| vector.id(of));
        let pool = facts::pool(kind, root);
        let facts = ResourceFacts {
            facet: &sensitivity::facet(kind, root, rules, access.pack()),
            id: &id,
            owner: owner
                .as_deref()
                .filter(|_| kind != ResourceType::PRACTITIONER),
            hold_until: facts::hold_until(root),
            pool: pool.as_deref(),
            content: Content::Unknown,
        };
        let action = match text(request, "op").unwrap() {
            "c" => Action::Create,
            "u" => Action::Update,
            "d" => Action::Delete,
            "s" => Action::Search,
            _ => Action::Read,
        };
        access.decide(action, &facts).reason.0
    }

    async fn token(&self, vector: &Vector, grant: &Grant, lifetime: i64, at: Timestamp) -> String {
        let grants = self.house.storage.grants();
        let issued = match text(&vector.actor, "org") {
            None => grants.issue(grant, lifetime, false, at).await,
            Some(organization) => {
                let b2b = B2b {
                    organization_id: format!("{BASE}/fhir/Organization/{organization}"),
                    purposes: vec![text(&vector.actor, "pou").unwrap().to_owned()],
                    emergency_reason: text(&vector.actor, "btg_reason").map(str::to_owned),
                    ..B2b::default()
                };
                grants.issue_b2b(grant, &b2b, lifetime, None, at).await
            }
        };
        issued.unwrap().access_token
    }

    async fn client(&self, vector: &Vector, kind: &str) -> String {
        let trusted = vector.actor.get("trusted") != Some(&Value::Bool(false));
        if kind == "org" && trusted {
            return self.member.clone();
        }
        let id = vector.id(text(&vector.client, "id").unwrap());
        let backend = matches!(kind, "org" | "backend");
        let of_kind = if backend {
            clients::Kind::Backend
        } else {
            clients::Kind::Public
        };
        let client = clients::Client {
            first_party: !backend && !flag(&vector.client, "third_party"),
            state: if flag(&vector.client, "inactive") {
                clients::State::Disabled
            } else {
                clients::State::Live
            },
            origin: if kind == "org" {
                clients::Origin::Udap
            } else {
                clients::Origin::Admin
            },
            ..clients::Client::new(&id, &id, of_kind)
        };
        self.house.storage.clients().save(&client).await.unwrap();
        id
    }

    pub async fn account(&self, vector: &Vector, kind: &str) -> String {
        let (id, staff) = (vector.id("account"), kind == "staff");
        let account = accounts::Account {
            id: id.clone(),
            username: id.clone(),
            password_hash: "!".into(),
            kind: match kind {
                "staff" => accounts::Kind::Staff,
                "proxy" => accounts::Kind::Proxy,
                _ => accounts::Kind::Patient,
            },
            state: match text(&vector.actor, "account") {
                None => AccountState::Active,
                Some("suspended") => AccountState::Suspended,
                Some("revoked-by-org") => AccountState::RevokedByOrg,
                Some("deactivated") => AccountState::Deactivated,
                Some(other) => panic!("an account that is {other}"),
            },
            role: text(&vector.actor, "role").map(str::to_owned),
            display: id.clone(),
            email: None,
            person: (kind == "proxy").then(|| vector.id("person")),
            patient: (kind == "self").then(|| vector.id("p1")),
            practitioner: staff.then(|| "d1".to_owned()),
            pools: flag(&vector.actor, "in_pool")
                .then(|| "pool".to_owned())
                .into_iter()
                .collect(),
            terms_accepted: vector.actor.get("terms") != Some(&Value::Bool(false)),
            failed_sign_ins: 0,
            locked_until: None,
        };
        let accounts = self.house.storage.accounts();
        accounts.create(&account, self.house.now()).await.unwrap();
        id
    }

    async fn open_ticket(&self, vector: &Vector, grant: &Grant, task: &str) {
        let now = self.house.now();
        let view = tickets::View {
            id: vector.id("view"),
            task: task.trim_start_matches("Task/").to_owned(),
            number: vector.id("number"),
            account: grant.account.clone().unwrap(),
            grant: grant.id.clone(),
            patient: vector.id("p1"),
            opened: now,
            expires: now + SignedDuration::from_mins(30),
            ended: None,
        };
        assert!(self.house.storage.tickets().open(&view).await.unwrap());
    }

    async fn break_glass(&self, vector: &Vector, grant: &Grant) {
        let now = self.house.now();
        let emergency = Emergency {
            id: vector.id("emergency"),
            account: grant.account.clone().unwrap(),
            grant: grant.id.clone(),
            patient: vector.id("p1"),
            reason: text(&vector.actor, "btg_reason")
                .unwrap_or_default()
                .to_owned(),
            said: String::new(),
            opened: now,
            expires: now + SignedDuration::from_hours(1),
            ended: None,
        };
        assert!(
            self.house
                .storage
                .emergencies()
                .open(&emergency)
                .await
                .unwrap()
        );
    }
}

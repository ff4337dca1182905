//! The charts somebody opens with their account, their own first.

use access::{Access, Action, Facet, ResourceFacts};
use fhir::ResourceType;
use storage::standing::Person;
use web::{House, SignedIn, session};
use workflows::proxies::Error;

/// A chart, and what may be done in it.
pub(crate) struct Chart {
    pub person: Person,
    pub access: Access,
}

impl Chart {
    /// Whether a resource of this facet may be added to it.
    pub fn takes(&self, facet: &Facet) -> bool {
        let facts = ResourceFacts::some(facet, &self.person.patient);
        self.access.decide(Action::Create, &facts).permits()
    }

    /// Whose it is, unless it is one's own.
    pub fn of_whom(&self) -> String {
        match self.person.is_self {
            true => String::new(),
            false => self.person.name.clone(),
        }
    }
}

/// Those that are wanted of the charts an account opens now.
pub(crate) async fn open(
    house: &House,
    person: &SignedIn,
    wanted: impl Fn(&Chart) -> bool,
) -> storage::Result<Vec<Chart>> {
    let now = house.clock.now();
    let accounts = house.storage.accounts();
    let people = accounts.people(&person.account, now).await?;
    let charts = people.into_iter().filter_map(|person| {
        let access = session::access(house, &person.standing, now)?;
        Some(Chart { person, access }).filter(&wanted)
    });
    Ok(charts.collect())
}

/// Those whose sharing is theirs to decide on.
pub(crate) async fn shared(house: &House, person: &SignedIn) -> storage::Result<Vec<Chart>> {
    let consent = Facet::plain(ResourceType::CONSENT);
    open(house, person, |chart| chart.takes(&consent)).await
}

/// The one of these of this patient. Errors: 404 where its sharing is not theirs to decide on.
pub(crate) async fn shared_of(
    house: &House,
    person: &SignedIn,
    patient: &str,
) -> Result<Chart, Error> {
    let charts = shared(house, person).await?;
    let found = charts.into_iter().find(|one| one.person.patient == patient);
    found.ok_or(Error::Absent)
}

/// One's own, for who has one.
pub(crate) async fn own(house: &House, person: &SignedIn) -> storage::Result<Option<Chart>> {
    let charts = open(house, person, |chart| chart.person.is_self).await?;
    Ok(charts.into_iter().next())
}

/// The chart of this patient, if it is among them.
pub(crate) fn find<'a>(charts: &'a [Chart], patient: &str) -> Option<&'a Chart> {
    charts.iter().find(|chart| chart.person.patient == patient)
}

/// A chart to choose on a page.
pub(crate) struct Tab {
    pub patient: String,
    pub name: String,
    pub here: bool,
}

/// All of them to choose from, the one of this patient being shown.
pub(crate) fn tabs(charts: &[Chart], patient: &str) -> Vec<Tab> {
    let tab = |chart: &Chart| Tab {
        patient: chart.person.patient.clone(),
        name: chart.person.name.clone(),
        here: chart.person.patient == patient,
    };
    charts.iter().map(tab).collect()
}

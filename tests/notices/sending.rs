//! The outbox: each message is tried by one node at a time, until it is sent or given up, and is decided on once more
//! when it leaves.

use config::MailServer;
use kinchart::mailer::Mailer;
use storage::mail::Outcome;

use super::smtp::{Post, Speech};
use super::{house, result};
use crate::support::House;

const ADA: &str = "ada@example.org";

async fn mailer(post: &Post) -> Mailer {
    let server = MailServer {
        url: post.url(),
        from: None,
        ca: None,
    };
    Mailer::new(&server, "https://record.example").unwrap()
}

impl House {
    async fn queue(&self, to: &str) {
        let mail = self.storage.mail();
        mail.queue(
            to,
            "A subject",
            "A text.\n\nhttps://a.example\n",
            self.now(),
        )
        .await
        .unwrap();
    }
    async fn outcomes(&self) -> Vec<Option<Outcome>> {
        let all = self.storage.mail().list(50).await.unwrap();
        let ours = all.into_iter().filter(|mail| mail.sent_at.is_none());
        ours.map(|mail| mail.outcome).collect()
    }
}

#[tokio::test]
async fn mail_waits_for_a_server_that_is_away_and_is_given_up_in_the_end() {
    let house = house().await;
    let post = Post::open(Speech::Plain).await;
    let mailer = mailer(&post).await;
    house.queue("later@example.org").await;
    let mut tries = 0;
    for _ in 0..20 {
        assert_eq!(mailer.send_waiting(house.news_desk()).await, 0);
        tries += 1;
        // Not again before its time.
        assert_eq!(mailer.send_waiting(house.news_desk()).await, 0);
        assert_eq!(post.asked().await, tries);
        if house.outcomes().await == [Some(Outcome::GivenUp)] {
            break;
        }
        house.minutes_later(24 * 60);
    }
    assert_eq!(tries, 9);
    let standing = house.storage.mail().standing().await.unwrap();
    assert_eq!(
        (standing.waiting, standing.given_up, standing.refused),
        (0, 1, 0)
    );
    assert_eq!(house.storage.mail().failed(10).await.unwrap().len(), 1);
    // Somebody mends the server and tries again.
    assert_eq!(house.storage.mail().retry(None).await.unwrap(), 1);
    post.mend().await;
    assert_eq!(mailer.send_waiting(house.news_desk()).await, 1);
    assert_eq!(post.received().await.len(), 1);
}

#[tokio::test]
async fn an_address_nobody_has_gets_no_more_news() {
    let house = house().await;
    let post = Post::open(Speech::Plain).await;
    let mailer = mailer(&post).await;
    let account = house.wants_mail("ada").await;
    house.mail_to(&account, "gone@example.org").await;
    house.put(&result("a", "ada")).await;
    assert_eq!(house.news().await, 1);
    assert_eq!(mailer.send_waiting(house.news_desk()).await, 0);
    assert_eq!(house.outcomes().await, [Some(Outcome::Refused)]);
    let contact = house.storage.contacts().of(&account).await.unwrap();
    assert!(contact.bounced.is_some());
    house.put(&result("b", "ada")).await;
    house.minutes_later(120);
    assert_eq!(house.news().await, 0);
    let standing = house.storage.mail().standing().await.unwrap();
    assert_eq!((standing.refused, standing.bounced), (1, 1));
}

#[tokio::test]
async fn a_mail_whose_reader_lost_the_right_in_the_outbox_does_not_leave() {
    let house = house().await;
    let post = Post::open(Speech::Plain).await;
    let mailer = mailer(&post).await;
    house.move_clock("2028-01-20T04:50:00Z");
    house.put(&result("first", "ben")).await;
    assert_eq!(house.news().await, 1);
    // The mail server was away over midnight, when ben turned 13.
    house.move_clock("2028-01-20T05:00:00Z");
    assert_eq!(mailer.send_waiting(house.news_desk()).await, 0);
    assert_eq!(house.outcomes().await, [Some(Outcome::Withdrawn)]);
    assert_eq!(post.received().await.len(), 0);
    // Nor does one that is wanted no more; what is about safety does.
    house.minutes_later(120);
    house.put(&result("own", "ada")).await;
    assert_eq!(house.news().await, 1);
    house.queue(ADA).await;
    let ada = house.account("ada", storage::accounts::Kind::Patient).await;
    house
        .storage
        .contacts()
        .set_notify(&ada, false, house.now())
        .await
        .unwrap();
    assert_eq!(mailer.send_waiting(house.news_desk()).await, 1);
    assert_eq!(post.received().await[0].0, ADA);
}

#[tokio::test]
async fn two_nodes_send_each_mail_once() {
    let house = house().await;
    let other = house.node().await;
    let post = Post::open(Speech::Plain).await;
    let (one, two) = (mailer(&post).await, mailer(&post).await);
    for at in 0..30 {
        house.queue(&format!("to-{at}@example.org")).await;
    }
    let mut sent = 0;
    while sent < 30 {
        let both = tokio::join!(
            one.send_waiting(house.news_desk()),
            two.send_waiting(other.news_desk())
        );
        assert!(both.0 + both.1 > 0);
        sent += both.0 + both.1;
    }
    let mut to: Vec<String> = post
        .received()
        .await
        .into_iter()
        .map(|mail| mail.0)
        .collect();
    to.sort();
    let count = to.len();
    to.dedup();
    assert_eq!((to.len(), count), (30, 30));
    other.storage.close().await.unwrap();
}

#[tokio::test]
async fn a_node_that_died_while_sending_leaves_the_mail_to_another() {
    let house = house().await;
    let post = Post::open(Speech::Plain).await;
    let mailer = mailer(&post).await;
    house.queue(ADA).await;
    assert_eq!(
        house
            .storage
            .mail()
            .take_due(10, house.now())
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(mailer.send_waiting(house.news_desk()).await, 0);
    house.minutes_later(3);
    assert_eq!(mailer.send_waiting(house.news_desk()).await, 1);
    let mail = post.received().await.remove(0).1;
    for part in [
        "From: Kinchart <no-reply@record.example>",
        "Subject: A subject",
        "Auto-Submitted: auto-generated",
        "Message-ID: <",
        "multipart/alternative",
        "Content-Type: text/html",
        "<a href=",
    ] {
        assert!(mail.contains(part), "{part}\n{mail}");
    }
}

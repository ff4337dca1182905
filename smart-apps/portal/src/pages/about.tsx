/** Who the chart belongs to, and who sees it. */

import type { ReactElement } from 'react';
import { showDate } from '@kinchart/shared/fhir/dates';
import { conceptText, fullName, listed, possessive, sentenceCase } from '@kinchart/shared/fhir/words';
import type { Address, ContactPoint } from '@kinchart/shared/fhir/types';
import { useChart } from '../parts/chart_context';
import { Icon, type IconName } from '../parts/icon';
import { Card, Facts, Notice, Page, Section } from '../parts/page';
import { account, adultAge, teenAge } from '../site';
import type { Viewer } from '../session/viewer';

/** Why a parent sees so little of a teenager's chart; the same words for every teenager. */
export function TeenNotice({ viewer }: { viewer: Viewer }): ReactElement {
  const name = viewer.patientFirstName;
  const shared = viewer.stillSees.map((page) => (page === 'immunizations' ? 'vaccines' : page));
  return (
    <Notice icon="lock" tone="warm" title={`${name} is old enough for some privacy`}>
      <p>
        From the {teenAge}th birthday until the {adultAge}th, a parent or guardian can see a young
        person’s {listed(['name', 'address', 'contact details', ...shared])} here, and nothing else.
        Test results, visits, messages and bills do not show. This is the same for every family, and
        says nothing about {possessive(name)} health.
      </p>
      <p>
        You can still talk with {possessive(name)} care team. For appointments, medicines or bills,
        call the doctor’s office. <a href={account.family}>See who has access</a>.
      </p>
    </Notice>
  );
}

export function AboutPage(): ReactElement {
  const { viewer } = useChart();
  const { patient } = viewer;
  const self = viewer.standing === 'self';
  return (
    <Page
      title={self ? 'About you' : `About ${viewer.patientFirstName}`}
      intro="The details the office has on file. If something is wrong, tell the front desk."
    >
      {viewer.reach === 'demographics' && <TeenNotice viewer={viewer} />}
      <Section title="Personal details">
        <Card>
          <Facts
            facts={[
              ['Name', fullName(patient.name)],
              ['Date of birth', showDate(patient.birthDate, 'long', '')],
              [patient.deceasedDateTime || patient.deceasedBoolean ? 'Life' : 'Age', viewer.age],
              ['Sex on file', patient.gender && sentenceCase(patient.gender)],
              [
                'Language',
                (patient.communication ?? []).map((c) => conceptText(c.language)).join(', '),
              ],
              ['Marital status', conceptText(patient.maritalStatus)],
            ]}
          />
        </Card>
      </Section>
      <Section title="Contact details">
        <Card>
          <Facts
            facts={[
              ...(patient.address ?? []).filter((a) => a.use !== 'old').map(addressFact),
              ...(patient.telecom ?? []).filter((t) => t.value && t.use !== 'old').map(telecomFact),
            ]}
          />
          {!patient.address?.length && !patient.telecom?.length && (
            <p>No address, phone or e-mail is on file.</p>
          )}
        </Card>
      </Section>
      {(patient.contact ?? []).length > 0 && (
        <Section title="People to call">
          <Card>
            <Facts
              facts={(patient.contact ?? []).map((c, at) => [
                sentenceCase(conceptText(c.relationship?.[0], `Contact ${at + 1}`)),
                [c.name && fullName([c.name], ''), c.telecom?.[0]?.value]
                  .filter(Boolean)
                  .join(', '),
              ])}
            />
          </Card>
        </Section>
      )}
    </Page>
  );
}

function addressFact(address: Address): [string, ReactElement] {
  const town = [address.city, [address.state, address.postalCode].filter(Boolean).join(' ')]
    .filter(Boolean)
    .join(', ');
  const lines = [...(address.line ?? []), town].filter(Boolean);
  const shown = lines.length > 0 ? lines : [address.text ?? ''];
  return [
    `${address.use === 'work' ? 'Work address' : address.use === 'temp' ? 'Temporary address' : 'Address'}`,
    <span key="address">
      {shown.map((line, at) => (
        <span key={at} className="line">
          {line}
        </span>
      ))}
    </span>,
  ];
}

const TELECOM: { [key: string]: string } = {
  phone: 'Phone',
  email: 'E-mail',
  sms: 'Text messages',
  fax: 'Fax',
};
const USE: { [key: string]: string } = { home: 'home', work: 'work', mobile: 'mobile' };

function telecomFact(telecom: ContactPoint): [string, string] {
  const use = USE[telecom.use ?? ''];
  return [
    `${TELECOM[telecom.system ?? ''] ?? 'Contact'}${use ? ` (${use})` : ''}`,
    telecom.value ?? '',
  ];
}

export function FamilyPage(): ReactElement {
  const { viewer, switchChart } = useChart();
  const self = viewer.standing === 'self';
  return (
    <Page
      title="Family and privacy"
      intro="Whose chart this is, who can see it, and what they looked at."
    >
      <Section title="Open now">
        <Card>
          <p className="lead">
            {self
              ? `Your own chart, ${viewer.patientName}.`
              : `${possessive(viewer.patientName)} chart.`}
          </p>
          {!self && (
            <p>
              You are signed in as {viewer.actingName ?? 'a family member'}
              {viewer.relationship && ` (${viewer.relationship})`} and act for{' '}
              {viewer.patientFirstName}.
            </p>
          )}
          <p className="actions">
            <button type="button" className="button" onClick={switchChart}>
              <Icon name="swap" /> Switch to someone else
            </button>
          </p>
          <p className="section-note">
            You choose from yourself and the people you act for. You do not need your password again
            while you are signed in.
          </p>
        </Card>
      </Section>
      {viewer.reach === 'demographics' && <TeenNotice viewer={viewer} />}
      <Section title="Your choices" note="These open on your account pages.">
        <ul className="stack">
          <AccountLink
            href={account.family}
            icon="family"
            title="Family access"
            text="Who can see this chart, whom you act for, and how to start or end it."
          />
          <AccountLink
            href={account.accessLog}
            icon="eye"
            title="Access log"
            text="Who looked at the record, and when."
          />
          <AccountLink
            href={account.apps}
            icon="outside"
            title="Connected apps"
            text="Apps that may read the record. You can disconnect them at any time."
          />
        </ul>
      </Section>
    </Page>
  );
}

function AccountLink({
  href,
  icon,
  title,
  text,
}: {
  href: string;
  icon: IconName;
  title: string;
  text: string;
}): ReactElement {
  return (
    <li>
      <a className="row" href={href}>
        <span className="row-icon">
          <Icon name={icon} />
        </span>
        <span className="row-main">
          <span className="row-title">{title}</span>
          <span className="row-note">{text}</span>
        </span>
        <Icon name="right" />
      </a>
    </li>
  );
}

/** Medications, immunizations, allergies, health problems. */

import type { ReactElement } from 'react';
import { showDate } from '@kinchart/shared/fhir/dates';
import { quantityText } from '@kinchart/shared/fhir/quantity';
import { conceptText, hasCode, listed, sentenceCase } from '@kinchart/shared/fhir/words';
import type { AllergyIntolerance, Condition, Immunization, MedicationRequest } from '@kinchart/shared/fhir/types';
import { useChart } from '../parts/chart_context';
import { Loaded } from '../parts/loaded';
import { Badge, Card, Facts, Notice, Nothing, Page, Section, Stack } from '../parts/page';
import {
  allergyLists,
  conditionLists,
  diagnosesOf,
  dosageText,
  doseNumber,
  medicationLists,
  medicationName,
  plainName,
  saysNoAllergies,
  vaccineGroups,
  vaccineProduct,
} from '@kinchart/shared/views/health';
import type { NameOf } from '../views/directory';
import { loadAllergies, loadConditions, loadImmunizations, loadMedications } from './load';

export function MedicationsPage(): ReactElement {
  const { viewer } = useChart();
  return (
    <Page
      title="Medications"
      intro="Medicines on your care team’s list, and how to take them."
      shows={['MedicationRequest', 'Medication']}
    >
      <Loaded
        load={(record) => loadMedications(record, viewer.patientId)}
        keys={[viewer.patientId]}
        what="medications"
      >
        {({ requests, medications, nameOf }) => {
          const { current, past } = medicationLists(requests);
          const card = (request: MedicationRequest) => (
            <MedicationCard
              request={request}
              name={medicationName(request, medications)}
              nameOf={nameOf}
            />
          );
          if (current.length + past.length === 0) return <Nothing what="medications" />;
          return (
            <>
              <Section title="Current">
                {current.length > 0 ? (
                  <Stack items={current} keyOf={(r) => r.id ?? ''}>
                    {card}
                  </Stack>
                ) : (
                  <p>No current medications are on the list.</p>
                )}
              </Section>
              {past.length > 0 && (
                <Section title="Past">
                  <Stack items={past} keyOf={(r) => r.id ?? ''}>
                    {card}
                  </Stack>
                </Section>
              )}
              <Notice icon="medications">
                <p>
                  Do not stop or change a medicine on your own. Ask your doctor or pharmacist first.
                </p>
              </Notice>
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

const MEDICATION_STATUS: { [status: string]: string } = {
  'on-hold': 'On hold',
  completed: 'Finished',
  stopped: 'Stopped',
  cancelled: 'Cancelled',
  unknown: 'Not known',
};

function MedicationCard({
  request,
  name,
  nameOf,
}: {
  request: MedicationRequest;
  name: string;
  nameOf: NameOf;
}): ReactElement {
  const refills = request.dispenseRequest?.numberOfRepeatsAllowed;
  const status = MEDICATION_STATUS[request.status ?? ''];
  return (
    <Card>
      <div className="card-head">
        <h3>{name}</h3>
        {status && <Badge>{status}</Badge>}
        {request.reportedBoolean && <Badge tone="info">You told us</Badge>}
      </div>
      {dosageText(request.dosageInstruction) && (
        <p className="lead">{dosageText(request.dosageInstruction)}</p>
      )}
      <Facts
        facts={[
          ['For', (request.reasonCode ?? []).map((c) => plainName(conceptText(c))).join(', ')],
          ['Prescribed', showDate(request.authoredOn, 'long', '')],
          ['By', nameOf(request.requester)],
          ['Amount', quantityText(request.dispenseRequest?.quantity)],
          ['Refills allowed', refills],
        ]}
      />
    </Card>
  );
}

export function ImmunizationsPage(): ReactElement {
  const { viewer } = useChart();
  return (
    <Page title="Immunizations" intro="Vaccines on record, with the date of each dose." shows={['Immunization']}>
      <Loaded
        load={(record) => loadImmunizations(record, viewer.patientId)}
        keys={[viewer.patientId]}
        what="immunizations"
      >
        {({ immunizations, nameOf }) => {
          const groups = vaccineGroups(immunizations);
          if (groups.length === 0)
            return (
              <Nothing
                what="immunizations"
                missing="If you had a vaccine somewhere else, ask your doctor’s office to add it."
              />
            );
          return (
            <Stack items={groups} keyOf={(g) => g.name}>
              {(group) => (
                <Card>
                  <h2 className="card-title">{group.name}</h2>
                  <ul className="doses">
                    {group.doses.map((dose) => (
                      <Dose key={dose.id} dose={dose} group={group.name} nameOf={nameOf} />
                    ))}
                  </ul>
                </Card>
              )}
            </Stack>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Dose(props: { dose: Immunization; group: string; nameOf: NameOf }): ReactElement {
  const { dose, group, nameOf } = props;
  const product = vaccineProduct(dose);
  const where = nameOf(dose.location) ?? nameOf(dose.performer?.[0]?.actor);
  const more = [
    doseNumber(dose),
    product !== group && product,
    where,
    conceptText(dose.site),
    dose.lotNumber && `Lot ${dose.lotNumber}`,
  ].filter(Boolean);
  return (
    <li>
      <strong>
        {dose.occurrenceDateTime
          ? showDate(dose.occurrenceDateTime)
          : (dose.occurrenceString ?? 'Date not given')}
      </strong>
      {more.length > 0 && <span>{more.join(' · ')}</span>}
    </li>
  );
}

export function AllergiesPage(): ReactElement {
  const { viewer } = useChart();
  return (
    <Page title="Allergies" intro="What to stay away from, and what happens otherwise." shows={['AllergyIntolerance']}>
      <Loaded
        load={(record) => loadAllergies(record, viewer.patientId)}
        keys={[viewer.patientId]}
        what="allergies"
      >
        {(allergies) => {
          const { active, past } = allergyLists(allergies);
          if (active.length + past.length === 0)
            return (
              <Nothing
                what="allergies"
                missing="Nobody has recorded any. If you have an allergy, tell your care team."
              />
            );
          return (
            <>
              <Stack items={active} keyOf={(a) => a.id ?? ''}>
                {(allergy) => <AllergyCard allergy={allergy} />}
              </Stack>
              {past.length > 0 && (
                <Section title="No longer active">
                  <Stack items={past} keyOf={(a) => a.id ?? ''}>
                    {(allergy) => <AllergyCard allergy={allergy} />}
                  </Stack>
                </Section>
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

const KIND: { [category: string]: string } = {
  food: 'Food',
  medication: 'Medicine',
  environment: 'Environment',
  biologic: 'Biologic',
};

function AllergyCard({ allergy }: { allergy: AllergyIntolerance }): ReactElement {
  const reactions = (allergy.reaction ?? []).flatMap((r) =>
    r.manifestation.map((m) => plainName(conceptText(m)).toLowerCase()),
  );
  const severe =
    allergy.reaction?.some((r) => r.severity === 'severe') || allergy.criticality === 'high';
  const none = saysNoAllergies(allergy);
  return (
    <Card>
      <div className="card-head">
        <h2 className="card-title">{plainName(conceptText(allergy.code, 'Allergy'))}</h2>
        {severe && !none && <Badge tone="alert">Can be severe</Badge>}
      </div>
      <Facts
        facts={[
          [
            'Reaction',
            reactions.length > 0
              ? sentenceCase(listed([...new Set(reactions)]))
              : !none && 'Not recorded',
          ],
          ['Kind', (allergy.category ?? []).map((c) => KIND[c] ?? c).join(', ')],
          ['Since', showDate(allergy.onsetDateTime, 'long', '')],
          ['Recorded', showDate(allergy.recordedDate, 'long', '')],
        ]}
      />
    </Card>
  );
}

export function ProblemsPage(): ReactElement {
  const { viewer } = useChart();
  return (
    <Page title="Health problems" intro="Conditions your care team keeps track of." shows={['Condition']}>
      <Loaded
        load={(record) => loadConditions(record, viewer.patientId)}
        keys={[viewer.patientId]}
        what="health problems"
      >
        {(conditions) => {
          const { current, past, visits } = conditionLists(conditions);
          if (current.length + past.length + visits.length === 0)
            return <Nothing what="health problems" />;
          const list = (items: Condition[]) => (
            <Stack items={items} keyOf={(c) => c.id ?? ''}>
              {(condition) => <ConditionCard condition={condition} />}
            </Stack>
          );
          return (
            <>
              <Section title="Current">
                {current.length > 0 ? list(current) : <p>No current problems are on the list.</p>}
              </Section>
              {past.length > 0 && <Section title="Past">{list(past)}</Section>}
              {visits.length > 0 && (
                <Section title="Noted at visits" note="What a visit was about. These may be over.">
                  <Stack items={diagnosesOf(visits)} keyOf={(d) => d.name}>
                    {({ name, dates }) => (
                      <Card>
                        <h3>{name}</h3>
                        <p className="section-note">{dates.map((d) => showDate(d)).join(' · ')}</p>
                      </Card>
                    )}
                  </Stack>
                </Section>
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function ConditionCard({ condition }: { condition: Condition }): ReactElement {
  const since = showDate(
    condition.onsetDateTime ?? condition.onsetPeriod?.start,
    'long',
    condition.onsetString ?? '',
  );
  const recorded = showDate(condition.recordedDate, 'long', '');
  const unsure = hasCode(
    condition.verificationStatus,
    'provisional',
    'differential',
    'unconfirmed',
  );
  return (
    <Card>
      <div className="card-head">
        <h3>{plainName(conceptText(condition.code, 'Condition'))}</h3>
        {unsure && <Badge tone="info">Not confirmed</Badge>}
      </div>
      <Facts
        facts={[
          ['Since', since],
          ['Until', showDate(condition.abatementDateTime, 'long', '')],
          ['Severity', conceptText(condition.severity)],
          ['Recorded', recorded !== since && recorded],
        ]}
      />
      {(condition.note ?? []).map((note, at) => (
        <p key={at}>{note.text}</p>
      ))}
    </Card>
  );
}

import { describe, expect, it } from 'vitest';
import type { Communication } from '@kinchart/shared/fhir/types';
import {
  CATEGORY,
  CUSTOMER_SERVICE,
  DEACTIVATION,
  faultsOf,
  messageOf,
  phoneOf,
  poolsFor,
  replyTo,
  usualPool,
} from './asking';
import type { Service } from './handling';

const service = (id: string, ...codes: string[]): Service => ({
  resourceType: 'HealthcareService',
  id,
  characteristic: codes.map((code) => ({ coding: [{ system: CATEGORY, code }] })),
});
const services = [
  service('front', 'medical-question'),
  service('kids', 'medical-question'),
  service('bills', 'billing-question'),
];

describe('who answers', () => {
  it('is whoever says that they answer such messages', () => {
    const ids = (category: string) => poolsFor(services, category).map((one) => one.id);
    expect(ids('medical-question')).toEqual(['front', 'kids']);
    expect(ids('billing-question')).toEqual(['bills']);
    expect(poolsFor([{ ...service('old', 'x'), active: false }], 'x')).toEqual([]);
  });
  it('is at first the group of the own doctor, or the only one', () => {
    const medical = poolsFor(services, 'medical-question');
    expect(usualPool(medical, [{ reference: 'HealthcareService/kids' }])).toBe('kids');
    expect(usualPool(medical, [])).toBe('');
    expect(usualPool(poolsFor(services, 'billing-question'), [])).toBe('bills');
  });
  it('can be called', () => {
    expect(phoneOf({ ...service('a'), telecom: [{ system: 'phone', value: '1' }] })).toBe('1');
    expect(phoneOf(undefined)).toBeUndefined();
  });
});

describe('a new message', () => {
  const draft = {
    patientId: 'ana',
    category: 'medical-question',
    topic: undefined,
    subject: ' My knee ',
    text: ' It hurts. ',
    pool: 'front',
  };
  it('says what it is about, to whom, and nothing the server says', () => {
    const made = messageOf(draft);
    expect(made.topic).toEqual({ text: 'My knee' });
    expect(made.recipient).toEqual([{ reference: 'HealthcareService/front' }]);
    expect(made.payload).toEqual([{ contentString: 'It hurts.' }]);
    expect(made).not.toHaveProperty('sender');
    expect(made).not.toHaveProperty('sent');
  });
  it('names the topic the terms of the portal name', () => {
    const made = messageOf({ ...draft, category: CUSTOMER_SERVICE, topic: DEACTIVATION, pool: '' });
    expect(made.category?.[0]?.coding?.[0]?.code).toBe('customer-service-question');
    expect(made.topic?.coding?.[0]?.code).toBe('account-deactivation-request');
    expect(made).not.toHaveProperty('recipient');
  });
  it('is not sent without words, or as an emergency', () => {
    expect(faultsOf({ subject: ' ', text: '' }, false, true)).toEqual({
      subject: expect.any(String) as string,
      text: expect.any(String) as string,
      calm: expect.any(String) as string,
    });
    expect(faultsOf({ subject: '', text: 'Hello' }, true, false)).toEqual({});
  });
});

describe('a reply', () => {
  const category = [{ coding: [{ system: CATEGORY, code: CUSTOMER_SERVICE }] }];
  const said = (id: string, sender: string): Communication => ({
    resourceType: 'Communication',
    id,
    category,
    topic: { text: DEACTIVATION },
    sender: { reference: sender },
  });
  it('belongs to the thread, answers the last word of the practice and asks nothing anew', () => {
    const messages = [said('a', 'Patient/ana'), said('b', 'Practitioner/p'), said('c', 'Patient/ana')];
    const made = replyTo({ id: 'a', messages }, 'ana', 'Thanks');
    expect(made.partOf).toEqual([{ reference: 'Communication/a' }]);
    expect(made.inResponseTo).toEqual([{ reference: 'Communication/b' }]);
    expect(made.recipient).toEqual([{ reference: 'Practitioner/p' }]);
    expect(made.category).toEqual(category);
    expect(made).not.toHaveProperty('topic');
  });
  it('to oneself is to whoever has the thread', () => {
    const made = replyTo({ id: 'a', messages: [said('a', 'Patient/ana')] }, 'ana', 'One more thing');
    expect(made).not.toHaveProperty('recipient');
  });
});

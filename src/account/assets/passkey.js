// Forms that a passkey fills: the browser asks the device, the answer goes into the form, the form goes
// to the server. Without this script the forms stay hidden and the page's other ways are used.
'use strict';

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
const named = (list) => list.map((one) => ({ ...one, id: bytes(one.id) }));

async function use(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: named(options.allowCredentials),
  };
  const { id, response } = await navigator.credentials.get({ publicKey });
  return {
    id,
    clientDataJSON: text(response.clientDataJSON),
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
  };
}

async function make(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: named(options.excludeCredentials),
  };
  const { response } = await navigator.credentials.create({ publicKey });
  return {
    clientDataJSON: text(response.clientDataJSON),
    attestationObject: text(response.attestationObject),
  };
}

function why(error) {
  switch (error.name) {
    case 'InvalidStateError':
      return 'This device has a passkey for your account already.';
    case 'NotAllowedError':
      return 'Nothing happened: it was cancelled, took too long, or no passkey is here.';
    case 'SecurityError':
      return 'The browser does not allow passkeys at this address.';
    default:
      return 'That did not work with this device.';
  }
}

async function fill(form) {
  const status = form.querySelector('[data-passkey-status]');
  const options = JSON.parse(form.dataset.options);
  status.textContent = 'Waiting for your device …';
  try {
    const answer = await (form.dataset.passkey === 'create' ? make(options) : use(options));
    form.elements.credential.value = JSON.stringify(answer);
    status.textContent = '';
    form.submit();
  } catch (error) {
    status.textContent = why(error);
  }
}

if (window.PublicKeyCredential) {
  for (const notice of document.querySelectorAll('[data-passkey-absent]')) notice.hidden = true;
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      fill(form);
    });
    if ('auto' in form.dataset) fill(form);
  }
}

/** The controls of a form: each with its label, a hint, and what is wrong with it. */

import type { FormEvent, ReactElement, ReactNode } from 'react';

/** What is wrong with one field. */
export interface Wrong {
  field: string;
  words: string;
}

/** What every control of a field is given. */
interface More {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
}

/** A labelled control, with what is wrong with it beside it. */
export function Field(props: {
  id: string;
  label: string;
  wrong?: Wrong | undefined;
  hint?: string;
  wide?: boolean;
  children: (more: More) => ReactNode;
}): ReactElement {
  const { id, hint } = props;
  const words = props.wrong?.field === id ? props.wrong.words : '';
  const about = [words && `${id}-wrong`, hint && `${id}-hint`].filter(Boolean).join(' ');
  const more: More = {
    id,
    ...(about ? { 'aria-describedby': about } : {}),
    ...(words ? { 'aria-invalid': true } : {}),
  };
  return (
    <p className={props.wide ? 'field field-wide' : 'field'}>
      <label htmlFor={id}>{props.label}</label>
      {props.children(more)}
      {hint && (
        <span id={`${id}-hint`} className="quiet">
          {hint}
        </span>
      )}
      {words && (
        <span id={`${id}-wrong`} className="field-wrong" role="alert">
          {words}
        </span>
      )}
    </p>
  );
}

/** One of several, from a list. */
export function Choice(
  props: More & { all: [string, string][]; value: string; choose: (code: string) => void },
): ReactElement {
  const { all, choose, ...more } = props;
  return (
    <select {...more} onChange={(event) => choose(event.target.value)}>
      {all.map(([code, words]) => (
        <option key={code} value={code}>
          {words}
        </option>
      ))}
    </select>
  );
}

/** Yes or no. */
export function Tick(props: {
  id: string;
  on: boolean;
  turn: (on: boolean) => void;
  disabled?: boolean;
  wrong?: Wrong | undefined;
  children: ReactNode;
}): ReactElement {
  const words = props.wrong?.field === props.id ? props.wrong.words : '';
  return (
    <div className="tick">
      <label>
        <input
          id={props.id}
          type="checkbox"
          checked={props.on}
          disabled={props.disabled}
          {...(words ? { 'aria-describedby': `${props.id}-wrong`, 'aria-invalid': true } : {})}
          onChange={(event) => props.turn(event.target.checked)}
        />
        {props.children}
      </label>
      {words && (
        <span id={`${props.id}-wrong`} className="field-wrong" role="alert">
          {words}
        </span>
      )}
    </div>
  );
}

/** One of a few, all of them in sight. */
export function OneOf<Code extends string>(props: {
  legend: string;
  name: string;
  all: [Code, string][];
  value: string;
  choose: (code: Code) => void;
  required?: boolean;
}): ReactElement {
  return (
    <fieldset className="choices">
      <legend>{props.legend}</legend>
      {props.all.map(([code, words]) => (
        <label key={code}>
          <input
            type="radio"
            name={props.name}
            required={props.required}
            checked={props.value === code}
            onChange={() => props.choose(code)}
          />
          {words}
        </label>
      ))}
    </fieldset>
  );
}

/** The form by which a piece of work is decided. */
export function Deciding(props: {
  submit: (event: FormEvent) => void;
  children: ReactNode;
}): ReactElement {
  return (
    <section aria-labelledby="decide">
      <h2 id="decide">Decide</h2>
      <form className="form" onSubmit={props.submit}>
        {props.children}
      </form>
    </section>
  );
}

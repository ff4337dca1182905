/** The frame around every page: whose chart it is, the ways around, and the focus. */

import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { initials, possessive } from '@kinchart/shared/fhir/words';
import { useChart } from './parts/chart_context';
import { Icon, type IconName } from './parts/icon';
import { Brand } from './pages/welcome';
import { href, type Route } from './route';
import type { Viewer } from './session/viewer';

interface Way {
  page: string;
  label: string;
  icon: IconName;
}

const everyday: Way[] = [
  { page: 'overview', label: 'Overview', icon: 'home' },
  { page: 'results', label: 'Test results', icon: 'results' },
  { page: 'medications', label: 'Medications', icon: 'medications' },
  { page: 'immunizations', label: 'Immunizations', icon: 'immunizations' },
  { page: 'allergies', label: 'Allergies', icon: 'allergies' },
  { page: 'problems', label: 'Health problems', icon: 'problems' },
  { page: 'visits', label: 'Visits', icon: 'visits' },
  { page: 'appointments', label: 'Appointments', icon: 'appointments' },
  { page: 'messages', label: 'Messages', icon: 'messages' },
  { page: 'bills', label: 'Bills', icon: 'bills' },
];

const always: Way[] = [
  { page: 'about', label: 'About', icon: 'person' },
  { page: 'family', label: 'Family and privacy', icon: 'family' },
];

/** The pages that make sense for this reader: a teenager's parent has little more than personal details. */
export function waysFor(viewer: Viewer): Way[] {
  const about = {
    page: 'about',
    label: viewer.standing === 'self' ? 'About you' : `About ${viewer.patientFirstName}`,
    icon: 'person' as const,
  };
  const rest = always.map((way) => (way.page === 'about' ? about : way));
  if (viewer.reach === 'full') return [...everyday, ...rest];
  const shared = everyday.filter((way) => viewer.stillSees.some((page) => page === way.page));
  return [...rest.slice(0, 1), ...shared, ...rest.slice(1)];
}

const THUMB = ['overview', 'results', 'visits', 'messages'];

export function Shell({ route, children }: { route: Route; children: ReactNode }): ReactElement {
  const { viewer } = useChart();
  const [menuOpen, setMenuOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const place = [route.page, ...route.rest].join('/');
  const ways = waysFor(viewer);

  useEffect(() => {
    setMenuOpen(false);
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [place]);

  // The heading can arrive later, with the record: the title follows it.
  useEffect(() => {
    const element = main.current;
    if (!element) return;
    const rename = () => {
      const title =
        element.querySelector('h1')?.textContent ??
        ways.find((w) => w.page === route.page)?.label ??
        'Kinchart';
      document.title = `${title} · ${possessive(viewer.patientFirstName)} chart · Kinchart`;
    };
    rename();
    const observer = new MutationObserver(rename);
    observer.observe(element, { childList: true, subtree: true, characterData: true });
    return () => observer.disconnect();
  });

  const skip = () => {
    main.current?.focus();
    main.current?.scrollIntoView();
  };
  return (
    <div className="frame">
      <button type="button" className="skip" onClick={skip}>
        Skip to the page
      </button>
      <header className="top">
        <Brand />
        <ChartBanner viewer={viewer} />
      </header>
      <nav className="side" aria-label="Main">
        <Ways ways={ways} current={route.page} />
        <SignOut />
      </nav>
      <main
        ref={main}
        tabIndex={-1}
        id="main"
        className="page"
        aria-label={`${possessive(viewer.patientFirstName)} chart`}
      >
        {children}
      </main>
      <PhoneNav ways={ways} current={route.page} open={menuOpen} setOpen={setMenuOpen} />
    </div>
  );
}

function actingWords(viewer: Viewer): string {
  const role = viewer.relationship ?? viewer.actingName ?? 'a family member';
  return `You are acting as ${role} for ${viewer.patientFirstName}`;
}

/** Whose chart is open, on every page and at every size. */
function ChartBanner({ viewer }: { viewer: Viewer }): ReactElement {
  const { switchChart } = useChart();
  const proxy = viewer.standing !== 'self';
  return (
    <section
      className={proxy ? 'chart-banner chart-banner-proxy' : 'chart-banner'}
      aria-label="Open chart"
    >
      <span className="face" aria-hidden="true">
        {initials(viewer.patient.name)}
      </span>
      <span className="chart-who">
        <span className="chart-name">{viewer.patientName}</span>
        {viewer.age && <span className="chart-age">{viewer.age}</span>}
        <span className="chart-acting">{proxy ? actingWords(viewer) : 'Your own chart'}</span>
      </span>
      <button
        type="button"
        className="button button-quiet button-switch"
        onClick={switchChart}
        aria-label="Switch chart"
      >
        <Icon name="swap" /> <span>Switch</span>
      </button>
    </section>
  );
}

function Ways({ ways, current }: { ways: Way[]; current: string }): ReactElement {
  return (
    <ul>
      {ways.map((way) => (
        <li key={way.page}>
          <a
            className="way"
            href={href(way.page)}
            aria-current={way.page === current ? 'page' : undefined}
          >
            <Icon name={way.icon} /> {way.label}
          </a>
        </li>
      ))}
    </ul>
  );
}

function SignOut(): ReactElement {
  const { signOut } = useChart();
  return (
    <button type="button" className="way way-out" onClick={signOut}>
      <Icon name="out" /> Sign out
    </button>
  );
}

function PhoneNav({
  ways,
  current,
  open,
  setOpen,
}: {
  ways: Way[];
  current: string;
  open: boolean;
  setOpen: (open: boolean) => void;
}): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (open && !element.open) element.showModal();
    if (!open && element.open) element.close();
  }, [open]);
  const thumb = ways.filter((w) => THUMB.includes(w.page));
  const shown = thumb.length > 0 ? thumb : ways;
  return (
    <>
      <nav className="thumb" aria-label="Quick">
        <ul>
          {shown.map((way) => (
            <li key={way.page}>
              <a
                className="thumb-way"
                href={href(way.page)}
                aria-current={way.page === current ? 'page' : undefined}
              >
                <Icon name={way.icon} />
                <span>
                  {way.page === 'results'
                    ? 'Results'
                    : way.page === 'family'
                      ? 'Family'
                      : way.label}
                </span>
              </a>
            </li>
          ))}
          <li>
            <button
              type="button"
              className="thumb-way"
              onClick={() => setOpen(true)}
              aria-haspopup="dialog"
            >
              <Icon name="menu" />
              <span>Menu</span>
            </button>
          </li>
        </ul>
      </nav>
      <dialog ref={dialog} className="menu" aria-label="Menu" onClose={() => setOpen(false)}>
        <div className="menu-head">
          <p>Menu</p>
          <button type="button" className="button button-quiet" onClick={() => setOpen(false)}>
            Close
          </button>
        </div>
        <nav
          aria-label="All pages"
          onClick={(event) =>
            event.target instanceof Element && event.target.closest('a') && setOpen(false)
          }
        >
          <Ways ways={ways} current={current} />
          <SignOut />
        </nav>
      </dialog>
    </>
  );
}

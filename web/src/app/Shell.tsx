import { Database, HardDrive, Keyboard, ListChecks, type LucideIcon, Moon, SquareTerminal, Sun } from 'lucide-react';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';

import { DownloadDialog } from '../datasets/DownloadDialog';
import { asksDownload, askForDownload } from '../datasets/downloading';
import { useStore } from '../service/store';
import { IconButton } from '../ui/Button';
import { chooseFiles, FileChooser } from '../uploads/choosing';
import { announcements } from './announcements';
import { useKeptFocus } from './kept-focus';
import { OfflineBanner } from './OfflineBanner';
import { ShortcutsDialog } from './ShortcutsDialog';
import { useShortcuts } from './shortcuts';
import { switchTheme, theme } from './themes';
import { Toasts } from './Toasts';
import { undoNewest } from './toasts';
import { TokenWanted } from './TokenDialog';
import { usePageTop } from './use-page-top';

const PLACES: readonly { href: string; label: string; icon: LucideIcon }[] = [
  { href: '/', label: 'Datasets', icon: Database },
  { href: '/jobs', label: 'Jobs', icon: ListChecks },
  { href: '/storage', label: 'Storage', icon: HardDrive },
];

const PLACE =
  'flex h-9 items-center gap-2 rounded-lg px-2 text-muted sm:px-2.5 hover:text-ink hover:bg-raised ' +
  'aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent aria-[current=page]:font-medium';

/** What stands around every page. */
export function Shell({ children }: { children: ReactNode }) {
  const [listsShortcuts, setListsShortcuts] = useState(false);
  const [, go] = useLocation();
  const actions = useMemo(
    () => ({
      '?': () => {
        setListsShortcuts(true);
      },
      '/': () => document.querySelector<HTMLInputElement>('main input[type=search]')?.focus(),
      d: askForDownload,
      u: chooseFiles,
      t: switchTheme,
      z: undoNewest,
      'g d': () => { go('/'); },
      'g j': () => { go('/jobs'); },
      'g s': () => { go('/storage'); },
    }),
    [go],
  );
  useShortcuts(actions);
  const main = useRef<HTMLElement>(null);
  useKeptFocus(main);
  usePageTop();
  return (
    <>
      <a href="#main" className="sr-only rounded-lg bg-button p-3 text-on-button focus:not-sr-only focus:fixed focus:z-50">
        Skip to the content
      </a>
      <Bar onShortcuts={() => { setListsShortcuts(true); }} />
      <OfflineBanner />
      <TokenWanted />
      <main ref={main} id="main" tabIndex={-1} className="mx-auto w-full max-w-7xl px-4 py-5 focus:outline-none sm:px-6">
        {children}
      </main>
      <div className="sr-only" role="log" aria-label="News" aria-live="polite">
        {useStore(announcements).map(({ id, text }) => (
          <p key={id}>{text}</p>
        ))}
      </div>
      <Toasts />
      <FileChooser />
      {useStore(asksDownload) && <DownloadDialog onClose={() => { asksDownload.set(false); }} />}
      {listsShortcuts && <ShortcutsDialog onClose={() => { setListsShortcuts(false); }} />}
    </>
  );
}

function Bar({ onShortcuts }: { onShortcuts: () => void }) {
  const [location] = useLocation();
  const isDark = useStore(theme) === 'dark';
  const isHere = (href: string) => (href === '/' ? location === '/' || location.startsWith('/datasets') : location === href);
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-surface/90 backdrop-blur">
      <div className="mx-auto flex h-14 max-w-7xl items-center gap-1 px-3 sm:px-6">
        <Link href="/" className="mr-1 flex items-center gap-2 rounded-lg font-semibold sm:mr-4" aria-label="miStudio Datasets">
          <Logo />
          <span className="hidden md:inline">miStudio Datasets</span>
        </Link>
        <nav aria-label="Pages" className="flex gap-0.5 sm:gap-1">
          {PLACES.map(({ href, label, icon: Icon }) => (
            <Link key={href} href={href} className={PLACE} aria-current={isHere(href) ? 'page' : undefined}>
              <Icon className="hidden size-4 sm:block" aria-hidden />
              {label}
            </Link>
          ))}
        </nav>
        <div className="grow" />
        <a href="/graphql" className={PLACE} title="Ask the API yourself" aria-label="Playground">
          <SquareTerminal className="size-4" aria-hidden />
          <span className="hidden sm:inline">Playground</span>
        </a>
        <span className="hidden sm:inline">
          <IconButton label="Keyboard shortcuts" onClick={onShortcuts}>
            <Keyboard />
          </IconButton>
        </span>
        <IconButton label={isDark ? 'Use light colours' : 'Use dark colours'} onClick={switchTheme}>
          {isDark ? <Sun /> : <Moon />}
        </IconButton>
      </div>
    </header>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 32 32" className="size-7 fill-none stroke-button" strokeWidth="2.6" aria-hidden>
      <ellipse cx="16" cy="8" rx="11" ry="5" />
      <path d="M5 8v16c0 6.7 22 6.7 22 0V8M5 16c0 6.7 22 6.7 22 0" />
    </svg>
  );
}

import { ActionIcon, Drawer, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { startLive } from '../api/live';
import { IconMenu2, IconSearch } from '../components/icons';
import { useKeys, useStepKey } from '../components/keys';
import { DemoStrip } from '../demo/DemoStrip';
import { commands } from './commands';
import { Mark } from './Mark';
import { places } from './navigation';
import classes from './Shell.module.css';
import { Sidebar } from './Sidebar';
import { Strip } from './Strip';

const Palette = lazy(() => import('./Palette'));
const Shortcuts = lazy(() => import('./Shortcuts'));

/** What is around every page: navigation, palette, shortcuts. Only `main` scrolls. */
export function Shell() {
  const [drawer, setDrawer] = useState(false);
  const [palette, setPalette] = useState(false);
  const [shortcuts, setShortcuts] = useState(false);
  const main = useRef<HTMLElement>(null);
  const navigate = useNavigate();
  const { pathname } = useLocation();

  useEffect(startLive, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page begins at its top, and closes the drawer
  useEffect(() => {
    setDrawer(false);
    main.current?.scrollTo(0, 0);
  }, [pathname]);
  const scheme = useComputedColorScheme('light');
  const { setColorScheme } = useMantineColorScheme();
  const all = commands({
    shortcuts: () => setShortcuts(true),
    scheme: () => setColorScheme(scheme === 'dark' ? 'light' : 'dark'),
  });
  useStepKey();
  useKeys({
    ...Object.fromEntries(all.flatMap(({ key, run }) => (key && run ? [[key, run]] : []))),
    // The first filter of the page, or the button that adds one.
    f: () => main.current?.querySelector<HTMLElement>('[data-filter]')?.click(),
    ...Object.fromEntries(places.map(({ key, to }) => [`g ${key}`, () => navigate({ to })])),
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setPalette((open) => !open);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);

  const search = () => {
    setDrawer(false);
    setPalette(true);
  };
  const sidebar = <Sidebar search={search} shortcuts={() => setShortcuts(true)} />;
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main">
        Skip to content
      </a>
      <aside className={classes.sidebar} aria-label="Navigation">
        {sidebar}
      </aside>
      <header className={classes.top}>
        <ActionIcon size={34} aria-label="Open navigation" onClick={() => setDrawer(true)}>
          <IconMenu2 size={19} />
        </ActionIcon>
        <Mark size={22} />
        <span className="strong grow">Lockstep</span>
        <ActionIcon size={34} aria-label="Search" onClick={search}>
          <IconSearch size={18} />
        </ActionIcon>
      </header>
      <main className={classes.main} id="main" ref={main} tabIndex={-1}>
        <Strip />
        <DemoStrip />
        <div className={classes.page}>
          <Suspense>
            <Outlet />
          </Suspense>
        </div>
      </main>
      <Drawer
        opened={drawer}
        onClose={() => setDrawer(false)}
        size={264}
        withCloseButton={false}
        padding={0}
        attributes={{ content: { 'aria-label': 'Navigation' } }}
        classNames={{ body: classes.drawer }}
      >
        {sidebar}
      </Drawer>
      <Suspense>
        {palette && <Palette close={() => setPalette(false)} commands={all} />}
        {shortcuts && <Shortcuts close={() => setShortcuts(false)} />}
      </Suspense>
    </div>
  );
}

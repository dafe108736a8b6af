import { liveIsOn, refresh, switchLive } from '../api/live';
import { tell } from '../components/act';
import {
  type Icon,
  IconApps,
  IconDatabaseImport,
  IconKey,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconPlayerPause,
  IconRefresh,
} from '../components/icons';
import { signOut } from '../session/SessionGuard';

/** Something the palette does. Its key, where it has one, does the same everywhere. */
export interface Command {
  label: string;
  icon: Icon;
  key?: string;
  /** Where it leads; else `run`. */
  to?: string;
  run?: () => void;
}

/** Read everything on the page again, and say so when it is there. */
export function refreshNow() {
  refresh().then(() => tell('Refreshed', 'refreshed'));
}

/** Pause live updates, or go on with them. */
export function toggleLive() {
  const on = !liveIsOn();
  switchLive(on);
  // That they are paused is said above every page.
  if (on) tell('Live updates go on.', 'live');
}

/** What can be done from anywhere. */
export const commands = (shell: { shortcuts: () => void; scheme: () => void }): Command[] => [
  { label: 'Connect a source', icon: IconDatabaseImport, to: '/sources/connect' },
  { label: 'Add an application', icon: IconApps, to: '/apps/new' },
  { label: 'Make an API token', icon: IconKey, to: '/settings/tokens' },
  { label: 'Refresh this page', icon: IconRefresh, key: 'r', run: refreshNow },
  { label: 'Pause or go on with live updates', icon: IconPlayerPause, key: 'p', run: toggleLive },
  { label: 'Switch between light and dark', icon: IconMoon, run: shell.scheme },
  { label: 'Keyboard shortcuts', icon: IconKeyboard, key: '?', run: shell.shortcuts },
  { label: 'Sign out', icon: IconLogout, run: signOut },
];

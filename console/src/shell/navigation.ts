import {
  type Icon,
  IconActivity,
  IconAlertTriangle,
  IconApps,
  IconDatabaseImport,
  IconLayoutDashboard,
  IconListDetails,
  IconScript,
  IconSettings,
  IconUser,
  IconUsersGroup,
} from '../components/icons';

export interface Place {
  label: string;
  to: string;
  icon: Icon;
  /** After `g`: goes there. */
  key: string;
  /** Which number of [`Counts`] stands beside it. */
  counts?: 'users' | 'groups' | 'sources' | 'applications' | 'errors';
}

/** Where one can go, in sections. */
export const sections: { title?: string; places: Place[] }[] = [
  { places: [{ label: 'Home', to: '/', icon: IconLayoutDashboard, key: 'h' }] },
  {
    title: 'Directory',
    places: [
      { label: 'Users', to: '/users', icon: IconUser, key: 'u', counts: 'users' },
      { label: 'Groups', to: '/groups', icon: IconUsersGroup, key: 'g', counts: 'groups' },
      { label: 'Attributes', to: '/attributes', icon: IconListDetails, key: 't' },
      { label: 'Sources', to: '/sources', icon: IconDatabaseImport, key: 's', counts: 'sources' },
    ],
  },
  {
    title: 'Provisioning',
    places: [
      { label: 'Applications', to: '/apps', icon: IconApps, key: 'a', counts: 'applications' },
      { label: 'Runs', to: '/runs', icon: IconActivity, key: 'r' },
      { label: 'Errors', to: '/errors', icon: IconAlertTriangle, key: 'e', counts: 'errors' },
    ],
  },
  {
    title: 'Admin',
    places: [
      { label: 'Audit log', to: '/audit', icon: IconScript, key: 'l' },
      { label: 'Settings', to: '/settings', icon: IconSettings, key: ',' },
    ],
  },
];

/** All of them. */
export const places = sections.flatMap((section) => section.places);

import { Outlet } from '@tanstack/react-router';
import { Page, PageHeader } from '../components/PageHeader';
import { RouteTabs } from '../components/RouteTabs';
import classes from './SettingsForm.module.css';

const TABS = [
  { label: 'Administrators', to: '/settings/administrators' },
  { label: 'API tokens', to: '/settings/tokens' },
  { label: 'Sign-in', to: '/settings/sign-in' },
  { label: 'Retention', to: '/settings/retention' },
  { label: 'Your account', to: '/settings/account' },
];

export function Settings() {
  return (
    <Page header={<PageHeader title="Settings" tabs={<RouteTabs label="Settings" tabs={TABS} />} />}>
      <div className={classes.pages}>
        <Outlet />
      </div>
    </Page>
  );
}

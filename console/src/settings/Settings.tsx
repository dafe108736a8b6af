import { Page, PageHeader } from '../components/PageHeader';

export function Settings() {
  return <Page header={<PageHeader title="Settings" />} />;
}

import { Page, PageHeader } from '../components/PageHeader';

export function Groups() {
  return <Page header={<PageHeader title="Groups" />} />;
}

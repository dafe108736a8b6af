import { Page, PageHeader } from '../components/PageHeader';

export function Sources() {
  return <Page header={<PageHeader title="Sources" />} />;
}

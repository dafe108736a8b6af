import { Page, PageHeader } from '../components/PageHeader';

export function Errors() {
  return <Page header={<PageHeader title="Errors" />} />;
}

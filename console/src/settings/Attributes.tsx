import { Page, PageHeader } from '../components/PageHeader';

export function Attributes() {
  return <Page header={<PageHeader title="Attributes" />} />;
}

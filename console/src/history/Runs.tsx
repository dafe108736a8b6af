import { Page, PageHeader } from '../components/PageHeader';

export function Runs() {
  return <Page header={<PageHeader title="Runs" />} />;
}

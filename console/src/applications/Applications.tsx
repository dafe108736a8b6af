import { Page, PageHeader } from '../components/PageHeader';

export function Applications() {
  return <Page header={<PageHeader title="Applications" />} />;
}

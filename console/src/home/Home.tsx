import { Page, PageHeader } from '../components/PageHeader';

export function Home() {
  return <Page header={<PageHeader title="Home" />} />;
}

import { Page, PageHeader } from '../components/PageHeader';

export function AuditLog() {
  return <Page header={<PageHeader title="Audit log" />} />;
}

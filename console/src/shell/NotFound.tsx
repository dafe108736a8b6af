import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Empty } from '../components/Empty';
import { Page, PageHeader } from '../components/PageHeader';

/** For addresses that lead nowhere. */
export function NotFound() {
  return (
    <Page header={<PageHeader title="There is no such page" />}>
      <Empty
        title="Nothing is at this address"
        actions={
          <Button component={Link} to="/" variant="default">
            Go to Home
          </Button>
        }
      >
        It may be mistyped, or what it showed is gone. The audit log tells what was removed.
      </Empty>
    </Page>
  );
}

import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Empty } from '../components/Empty';
import { useTitle } from '../components/title';

export function NotFound() {
  useTitle('Not found');
  return (
    <Empty
      title="There is no such page"
      actions={
        <Button component={Link} to="/" variant="default">
          Go to Home
        </Button>
      }
    >
      The address may be mistyped, or what it showed is gone. The audit log tells what was removed.
    </Empty>
  );
}

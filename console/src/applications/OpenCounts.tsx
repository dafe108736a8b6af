import type { Open } from '../api/schema';
import { StatusChip } from '../components/StatusChip';
import { count } from '../components/time';

/** How much is not in step, by what it needs. Nothing stands there when all is well. */
export function OpenCounts({ open }: { open: Open }) {
  const { pending, waiting, failed } = open;
  if (!pending && !waiting && !failed) return <span className="dim">All in step</span>;
  return (
    <span className="row" style={{ gap: 6 }}>
      {failed > 0 && (
        <StatusChip of="record" is="failed">
          {count(failed)} failed
        </StatusChip>
      )}
      {pending > 0 && (
        <StatusChip of="record" is="pending">
          {count(pending)} pending
        </StatusChip>
      )}
      {waiting > 0 && (
        <StatusChip of="record" is="waiting">
          {count(waiting)} waiting
        </StatusChip>
      )}
    </span>
  );
}

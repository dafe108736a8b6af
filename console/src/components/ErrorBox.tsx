import { Button } from '@mantine/core';
import { ApiError } from '../api/client';
import { CopyButton } from './CopyField';
import classes from './ErrorBox.module.css';
import { IconAlertTriangle } from './icons';

/** What went wrong in one part of a page: a sentence, what still works, the way to try again, the id for the log. */
export function ErrorBox({ error, retry, title }: { error: unknown; retry?: () => void; title?: string }) {
  const problem = error instanceof ApiError ? error : null;
  return (
    <div className={classes.box} role="alert">
      <IconAlertTriangle size={18} />
      <div className={classes.words}>
        <p className="strong">{title ?? heading(error)}</p>
        <p className={classes.text}>{said(error)}</p>
        {(!problem || problem.status >= 500) && (
          <p className={classes.text}>Provisioning keeps running; only this view is affected.</p>
        )}
        {problem?.requestId && (
          <p className={classes.id}>
            Request <code>{problem.requestId}</code>{' '}
            <CopyButton value={problem.requestId} label="Copy the request id" />
          </p>
        )}
      </div>
      {retry && (
        <Button variant="default" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

function heading(error: unknown): string {
  if (!(error instanceof ApiError)) return 'This could not be loaded';
  if (error.status === 403) return 'Your role does not allow this';
  if (error.status === 404) return 'This is not here any more';
  return error.status >= 500 ? 'Lockstep could not answer' : 'This did not work';
}

/** An error as a sentence. */
export function said(error: unknown): string {
  return error instanceof Error ? error.message : 'Something unexpected happened.';
}

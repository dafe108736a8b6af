import { ActButton, useAct } from '../components/act';
import { ErrorBox } from '../components/ErrorBox';
import { IconCircleCheckFilled, IconCircleXFilled } from '../components/icons';
import { Panel } from '../components/Panel';
import { duration } from '../components/time';
import { CLIENTS, selfTest } from './sources';
import classes from './sources.module.css';

/** Lockstep plays the client's own connection test against its endpoint, and explains what failed. */
export function SelfTestPanel({ source }: { source: string }) {
  const test = useAct({ run: () => selfTest(source), changes: [], quiet: true });
  const { data } = test;
  return (
    <Panel
      title="Self-test"
      description="Plays the client's own connection test against the endpoint. It leaves nothing in the directory."
      actions={
        <ActButton need="operator" variant="default" loading={test.isPending} onClick={() => test.mutate()}>
          {data ? 'Test again' : 'Test'}
        </ActButton>
      }
    >
      {!!test.error && <ErrorBox error={test.error} />}
      {data && (
        <div role="status">
          <p className="strong">
            {data.passed
              ? `Passed: ${CLIENTS[data.client]}'s connection test finds nothing wrong`
              : 'Failed: see the step below'}{' '}
            <span className="dim small">({duration(data.durationMs)})</span>
          </p>
          <ul className={classes.checks}>
            {data.steps.map((step) => (
              <li key={step.title} className={classes.check} data-state={step.passed ? 'done' : 'failed'}>
                {step.passed ? <IconCircleCheckFilled size={17} /> : <IconCircleXFilled size={17} />}
                <span>
                  <span className="sr">{step.passed ? 'Passed' : 'Failed'}: </span>
                  {step.title}
                  <span className="dim small mono" style={{ display: 'block', overflowWrap: 'anywhere' }}>
                    {step.method} {step.path}
                  </span>
                  {!step.passed && (
                    <span style={{ display: 'block' }}>
                      Expected {step.expected}, got {step.got}. {step.explanation} {step.fix}
                    </span>
                  )}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {!data && !test.error && <p className="dim">Not run yet.</p>}
    </Panel>
  );
}

import { Fragment, type ReactNode } from 'react';
import { CopyButton } from '../components/CopyField';
import { Panel } from '../components/Panel';
import type { GuideStep } from './sources';
import classes from './sources.module.css';

/** Names of buttons and fields stand between backticks in the guides' texts. */
export function named(text: string): ReactNode {
  return text.split('`').map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never change places
    index % 2 ? <b key={index}>{part}</b> : <Fragment key={index}>{part}</Fragment>,
  );
}

/** A step of a guide: what to do there, and what to put into which field. */
export function GuideStepPanel({ step, children }: { step: GuideStep; children?: ReactNode }) {
  return (
    <Panel title={step.title} description={step.text ? named(step.text) : undefined}>
      {step.actions.length > 0 && (
        <ol className={classes.actions}>
          {step.actions.map((action) => (
            <li key={action}>{named(action)}</li>
          ))}
        </ol>
      )}
      {step.fields.length > 0 && (
        <dl className={classes.fields}>
          {step.fields.map((field) => (
            <div key={field.label} className={classes.field}>
              <dt>{field.label}</dt>
              <dd>
                {field.secret ? 'The token, shown once in step 2' : <span className="mono">{field.value}</span>}
                {field.hint && (
                  <span className="dim small" style={{ display: 'block' }}>
                    {named(field.hint)}
                  </span>
                )}
              </dd>
              <dd>{field.copy && field.value && <CopyButton value={field.value} label={`Copy: ${field.label}`} />}</dd>
            </div>
          ))}
        </dl>
      )}
      {children}
    </Panel>
  );
}

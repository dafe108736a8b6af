import { Button, Select, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ActButton, useAct } from '../components/act';
import { ErrorBox } from '../components/ErrorBox';
import { Content } from '../components/PageHeader';
import { Panel } from '../components/Panel';
import { policyOf, type Source, setPolicy, sourceQuery } from './sources';
import classes from './sources.module.css';
import { profile, SWITCHES, type Switches } from './tolerance';

/** Which deviations from the RFC are let through. All, unless switched off: real clients need them. */
export function ToleranceSwitches({ id }: { id: string }) {
  const source = useQuery(sourceQuery(id)).data;
  return source && <Form key={JSON.stringify(policyOf(source).tolerance)} source={source} />;
}

function Form({ source }: { source: Source }) {
  const [switches, setSwitches] = useState<Switches>({ ...policyOf(source).tolerance });
  const save = useAct({
    run: () => setPolicy(source, { ...policyOf(source), tolerance: switches as never }),
    changes: ['sources'],
    done: 'The tolerance is saved.',
    quiet: true,
  });
  const changed = JSON.stringify(switches) !== JSON.stringify(policyOf(source).tolerance);
  return (
    <Content>
      <form
        className={classes.form}
        style={{ maxWidth: 780 }}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Panel
          title="What is let through"
          description="Tolerant suits every client in the field. Strict is for testing a client of your own."
          actions={
            <>
              <Button variant="default" onClick={() => setSwitches(profile(switches, false))}>
                All tolerant
              </Button>
              <Button variant="default" onClick={() => setSwitches(profile(switches, true))}>
                All strict
              </Button>
            </>
          }
        >
          <div className={classes.fields}>
            {Object.entries(switches).map(([name, value]) => (
              <One key={name} name={name} value={value} set={(to) => setSwitches({ ...switches, [name]: to })} />
            ))}
          </div>
          {!!save.error && <ErrorBox error={save.error} />}
          <div className="row" style={{ marginTop: 16 }}>
            <ActButton
              need="administrator"
              type="submit"
              size="sm"
              loading={save.isPending}
              refused={!changed && 'Nothing has changed'}
            >
              Save
            </ActButton>
          </div>
        </Panel>
      </form>
    </Content>
  );
}

function One(props: { name: string; value: boolean | string; set: (to: boolean | string) => void }) {
  const about = SWITCHES[props.name] ?? { label: props.name, why: '' };
  return (
    <div className={classes.field} style={{ gridTemplateColumns: 'minmax(0, 1fr) minmax(0, auto)' }}>
      <span>
        <span className="strong">{about.label}</span>
        <span className="dim small" style={{ display: 'block' }}>
          {about.why}
        </span>
      </span>
      {typeof props.value === 'boolean' ? (
        <Switch
          checked={props.value}
          onChange={(event) => props.set(event.currentTarget.checked)}
          aria-label={about.label}
        />
      ) : (
        <Select
          aria-label={about.label}
          value={props.value}
          onChange={(value) => value && props.set(value)}
          allowDeselect={false}
          data={about.words?.map(([value, label]) => ({ value, label })) ?? [props.value]}
        />
      )}
    </div>
  );
}

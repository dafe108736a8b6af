import { Button, PasswordInput, TextInput } from '@mantine/core';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, body } from '../api/client';
import type { Application } from '../api/schema';
import { Tile } from '../components/Avatar';
import { ActButton, useAct } from '../components/act';
import { ErrorBox } from '../components/ErrorBox';
import { IconApps, IconArrowRight, IconChevronRight } from '../components/icons';
import { STEP } from '../components/keys';
import { Page, PageHeader } from '../components/PageHeader';
import { Panel } from '../components/Panel';
import classes from './AddApplication.module.css';
import { type Tested, test } from './applications';
import { MatchChoice } from './configure/MatchChoice';
import { TestResult } from './TestResult';
import { TEMPLATES, type Template, unfinished } from './templates';

const route = getRouteApi('/inside/apps/new');

/** From nothing to a draft: which application, where it is, whether it answers, how its accounts are recognised. */
export function AddApplication() {
  const { template } = route.useSearch();
  const chosen = TEMPLATES.find(({ id }) => id === template);
  return (
    <Page
      header={
        <PageHeader
          title={chosen && chosen.id !== 'generic' ? `Add ${chosen.name}` : 'Add an application'}
          crumbs={[{ label: 'Applications', to: '/apps' }]}
          description="Nothing is sent before you have seen what will happen, published it, and activated the application."
        />
      }
    >
      {chosen ? <Connect key={chosen.id} template={chosen} /> : <Choose />}
    </Page>
  );
}

function Choose() {
  return (
    <ul className={classes.templates}>
      {TEMPLATES.map((template) => (
        <li key={template.id}>
          <Link to="/apps/new" search={{ template: template.id }} className={classes.template}>
            {template.baseUrl ? (
              <Tile name={template.name} size={36} />
            ) : (
              <IconApps size={24} className={classes.any} />
            )}
            <span className="grow">
              <span className={classes.name}>{template.name}</span>
              <span className="dim small">{template.summary}</span>
            </span>
            <IconChevronRight size={16} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

interface Typed {
  name: string;
  baseUrl: string;
  token: string;
  match: 'userName' | 'email';
}

/** What is wrong with what was typed, field by field. */
function mistakes({ name, baseUrl }: Typed): { name?: string; baseUrl?: string } {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  return {
    name: name.trim() ? undefined : 'Give it a name',
    baseUrl: !url
      ? 'Write an address such as https://app.example/scim/v2'
      : !/^https?:$/.test(url.protocol)
        ? 'Use an https address'
        : unfinished(baseUrl)
          ? 'Replace the part in capitals by your own'
          : undefined,
  };
}

function Connect({ template }: { template: Template }) {
  const generic = template.id === 'generic';
  const [typed, setTyped] = useState<Typed>({
    name: generic ? '' : template.name,
    baseUrl: template.baseUrl,
    token: '',
    match: 'userName',
  });
  const [tried, setTried] = useState(false);
  const [made, setMade] = useState<Application | null>(null);
  const [tested, setTested] = useState<Tested | null>(null);
  const wrong = tried ? mistakes(typed) : {};
  const set = (change: Partial<Typed>) => setTyped({ ...typed, ...change });

  // The token goes nowhere but into the request; after it, only its last four letters exist.
  const add = useAct({
    run: async () => {
      const { name, baseUrl, token, match } = typed;
      const application = await body(
        api.POST('/api/v1/applications', {
          body: { name: name.trim(), baseUrl: baseUrl.trim(), match, token: token || undefined },
        }),
      );
      setMade(application);
      setTyped((old) => ({ ...old, token: '' }));
      return application;
    },
    changes: ['applications', 'home'],
    quiet: true,
  });
  const check = useAct({ run: (id: string) => test(id), changes: [], quiet: true });

  const go = () => {
    setTried(true);
    if (Object.values(mistakes(typed)).some(Boolean)) return;
    add.mutate(undefined, { onSuccess: ({ id }) => check.mutate(id, { onSuccess: setTested }) });
  };
  if (made)
    return (
      <Made
        application={made}
        tested={tested}
        error={check.error}
        again={() => {
          setTested(null);
          check.mutate(made.id, { onSuccess: setTested });
        }}
        busy={check.isPending}
      />
    );
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <Panel title="Where it is" description="The token is sealed for this address, and never sent anywhere else.">
        <div className="stack">
          <TextInput
            label="Name"
            required
            value={typed.name}
            error={wrong.name}
            description="As people here call it."
            onChange={(event) => set({ name: event.currentTarget.value })}
            data-autofocus
          />
          <TextInput
            label="SCIM base URL"
            required
            value={typed.baseUrl}
            error={wrong.baseUrl}
            description={template.baseUrlHelp ?? 'Without /Users at its end.'}
            onChange={(event) => set({ baseUrl: event.currentTarget.value })}
            classNames={{ input: 'mono' }}
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
          />
          <PasswordInput
            label="Bearer token"
            value={typed.token}
            description={template.tokenHelp}
            onChange={(event) => set({ token: event.currentTarget.value })}
            autoComplete="off"
            size="xs"
            visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the token' }}
          />
        </div>
      </Panel>
      <Panel
        title="Accounts that are there already"
        description="Before Lockstep makes an account it looks for the person’s own. This can be changed until accounts are linked."
      >
        <MatchChoice value={typed.match} set={(match) => set({ match })} />
      </Panel>
      {!!add.error && <ErrorBox error={add.error} />}
      <div className="row">
        <ActButton
          need="administrator"
          type="submit"
          loading={add.isPending}
          rightSection={<IconArrowRight size={15} />}
          {...STEP}
        >
          Add and test
        </ActButton>
        <Button component={Link} to="/apps/new" search={{} as never} variant="subtle">
          Another application
        </Button>
      </div>
    </form>
  );
}

/** It is there: what it can do, and where to go on. */
function Made(props: {
  application: Application;
  tested: Tested | null;
  error: unknown;
  again: () => void;
  busy: boolean;
}) {
  const { application, tested, error, again, busy } = props;
  const navigate = useNavigate();
  const to = `/apps/${application.id}`;
  useEffect(() => window.scrollTo?.(0, 0), []);
  return (
    <div className={classes.form}>
      <Panel title={`${application.name} is added as a draft`}>
        <div className="stack">
          {error ? <ErrorBox error={error} retry={again} /> : <TestResult tested={tested} name={application.name} />}
          <div className="row wrap">
            {tested && !tested.ok ? (
              <>
                <Button onClick={() => navigate({ to: `${to}/configure/connection` })}>Correct the connection</Button>
                <Button variant="default" loading={busy} onClick={again}>
                  Test again
                </Button>
              </>
            ) : (
              <Button onClick={() => navigate({ to })} rightSection={<IconArrowRight size={15} />}>
                Continue to the checklist
              </Button>
            )}
          </div>
        </div>
      </Panel>
    </div>
  );
}

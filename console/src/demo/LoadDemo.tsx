import { PasswordInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ActButton, useAct } from '../components/act';
import { FormModal } from '../components/FormModal';
import { demoQuery, loadDemo, TOUCHED } from './demo';

/** Offers people, groups and an application to try things on, for as long as there are none. */
export function LoadDemo() {
  const [open, setOpen] = useState(false);
  const { data } = useQuery(demoQuery);
  if (data?.state !== 'none') return null;
  return (
    <>
      <ActButton need="administrator" variant="default" onClick={() => setOpen(true)}>
        Load demo data
      </ActButton>
      {open && <Form close={() => setOpen(false)} />}
    </>
  );
}

function Form({ close }: { close: () => void }) {
  const [baseUrl, setBaseUrl] = useState('');
  const [token, setToken] = useState('');
  const navigate = useNavigate();
  const load = useAct({
    run: () => loadDemo(baseUrl.trim() ? { baseUrl: baseUrl.trim(), token } : null),
    changes: TOUCHED,
    done: 'The demo data is loaded: 60 people and 9 groups',
    quiet: true,
  });
  return (
    <FormModal
      title="Load demo data"
      verb="Load"
      close={close}
      submit={async () => {
        const demo = await load.mutateAsync();
        close();
        navigate({ to: demo.application ? `/apps/${demo.application.id}` : ('/users' as string) });
      }}
    >
      <p>
        60 people and 9 groups arrive from a source named “Demo company”. Nothing of yours is touched, and all of it can
        be removed again.
      </p>
      <TextInput
        label="SCIM server to try (optional)"
        description="The base URL of a test server. You get an application for it as a draft: nothing is sent before you activate it."
        placeholder="http://127.0.0.1:9000/v2"
        value={baseUrl}
        onChange={(event) => setBaseUrl(event.currentTarget.value)}
      />
      <PasswordInput
        label="Its token"
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        disabled={!baseUrl.trim()}
        required={!!baseUrl.trim()}
        autoComplete="off"
      />
    </FormModal>
  );
}

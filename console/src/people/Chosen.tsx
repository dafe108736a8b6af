import { Select } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { allApplications } from '../applications/applications';
import { ActButton, tell, tellError } from '../components/act';
import { confirm } from '../components/Confirm';
import { each } from '../components/each';
import { FormModal } from '../components/FormModal';
import { IconLock, IconPlus, IconRefresh } from '../components/icons';
import { plural } from '../components/time';
import { hold, syncNow } from './users';

const people = (n: number) => plural(n, 'person', 'people');

/** What can be done for several people at once. It is done for exactly those that were chosen. */
export function Chosen({ users, clear }: { users: string[]; clear: () => void }) {
  const [assigning, setAssigning] = useState(false);
  const [busy, setBusy] = useState(false);
  const finish = useFinish(clear);
  const sync = async () => {
    setBusy(true);
    await finish(users, (user) => syncNow(user), 'looked at in every application now').finally(() => setBusy(false));
  };
  return (
    <>
      <ActButton
        need="operator"
        variant="subtle"
        leftSection={<IconRefresh size={15} />}
        loading={busy}
        onClick={() => sync().catch(tellError)}
      >
        Sync now
      </ActButton>
      <ActButton
        need="administrator"
        variant="subtle"
        leftSection={<IconPlus size={15} />}
        onClick={() => setAssigning(true)}
      >
        Assign to application
      </ActButton>
      <ActButton
        need="operator"
        variant="subtle"
        leftSection={<IconLock size={15} />}
        onClick={() =>
          confirm({
            level: 1,
            title: `Put ${people(users.length)} on hold?`,
            body: 'Until the hold is lifted, nothing of theirs is deactivated or deleted, whatever the sources say.',
            verb: `Put ${people(users.length)} on hold`,
            run: () => finish(users, (user) => hold(user, true), 'put on hold'),
          })
        }
      >
        Put on hold
      </ActButton>
      {assigning && <Assign users={users} finish={finish} close={() => setAssigning(false)} />}
    </>
  );
}

type Finish = (users: string[], run: (user: string) => Promise<unknown>, done: string) => Promise<void>;

/** Does it for each and says for how many it was done. Why it was not for the others is thrown. */
function useFinish(clear: () => void): Finish {
  const queries = useQueryClient();
  return async (users, run, done) => {
    const outcome = await each(users, run);
    for (const noun of ['users', 'applications', 'runs', 'home']) queries.invalidateQueries({ queryKey: [noun] });
    if (outcome.failed === 0) {
      tell(`${people(users.length)} ${done}.`);
      return clear();
    }
    if (outcome.done > 0) tell(`${people(outcome.done)} ${done}, ${outcome.failed} not.`);
    throw outcome.error;
  };
}

function Assign({ users, finish, close }: { users: string[]; finish: Finish; close: () => void }) {
  const [application, setApplication] = useState<string | null>(null);
  const { data } = useQuery(allApplications);
  const names = (data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const name = names.find(({ value }) => value === application)?.label;
  return (
    <FormModal
      title={`Assign ${people(users.length)} to an application`}
      verb={`Assign ${people(users.length)}`}
      close={close}
      disabled={!application}
      submit={async () => {
        const path = { params: { path: { application: application ?? '' } } };
        await finish(
          users,
          (user) =>
            api.POST('/api/v1/applications/{application}/assignments', {
              ...path,
              body: { everyone: false, group: null, user },
            }),
          `assigned to ${name}`,
        );
        close();
      }}
    >
      <Select
        label="Application"
        placeholder="Choose one"
        data={names}
        value={application}
        onChange={setApplication}
        searchable
        nothingFoundMessage="No application matches"
      />
      <p className="dim">
        {application
          ? `They get access one by one, beside what their groups give them. While ${name} is active, their accounts are made at once.`
          : 'A group is easier to keep: whoever joins it later gets access too.'}
      </p>
    </FormModal>
  );
}

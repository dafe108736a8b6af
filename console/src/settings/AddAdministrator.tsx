import { PasswordInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { tell } from '../components/act';
import { FormModal } from '../components/FormModal';
import { PASSWORD_HINT } from '../session/password';
import type { Role } from '../session/session';
import { RoleChoice } from './RoleChoice';

/** A new administrator, with a first password that they change themselves. */
export function AddAdministrator({ close }: { close: () => void }) {
  const [userName, setUserName] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const [application, setApplication] = useState<string | null>(null);
  const [password, setPassword] = useState('');
  const queries = useQueryClient();
  return (
    <FormModal
      title="Add administrator"
      verb="Add administrator"
      close={close}
      disabled={!userName.trim() || !password || (role === 'manager' && !application)}
      submit={async () => {
        await api.POST('/api/v1/administrators', {
          body: { userName: userName.trim(), role, password, application: role === 'manager' ? application : null },
        });
        await queries.invalidateQueries({ queryKey: ['administrators'] });
        tell(`${userName.trim()} may sign in`);
        close();
      }}
    >
      <TextInput
        label="User name"
        description="Their e-mail address, or any name."
        value={userName}
        onChange={(event) => setUserName(event.currentTarget.value)}
        autoComplete="off"
        required
        data-autofocus
      />
      <RoleChoice role={role} setRole={setRole} application={application} setApplication={setApplication} />
      <PasswordInput
        label="First password"
        description={`${PASSWORD_HINT} They change it under Your account.`}
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        required
      />
    </FormModal>
  );
}

import { Modal, PasswordInput, SegmentedControl, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { coming } from '../api/coming';
import { tell } from '../components/act';
import { FormModal } from '../components/FormModal';
import { SecretOnce } from '../components/SecretOnce';
import { RoleSelect } from './Administrators';

/** A new administrator: invited by a link, or with a first password. */
export function AddAdministrator({ close }: { close: () => void }) {
  const [way, setWay] = useState<'invite' | 'password'>('invite');
  const [userName, setUserName] = useState('');
  const [role, setRole] = useState('operator');
  const [password, setPassword] = useState('');
  const [link, setLink] = useState<string | null>(null);
  const queries = useQueryClient();

  if (link) {
    return (
      <Modal
        opened
        onClose={close}
        title={`Invitation for ${userName}`}
        size={560}
        centered
        closeOnClickOutside={false}
      >
        <SecretOnce
          name="Invitation link"
          secret={link}
          lost="Send it to them yourself. It works once, for 24 hours. If it is lost, remove the administrator and invite again."
          next={{ label: 'Done', run: close }}
        />
      </Modal>
    );
  }
  return (
    <FormModal
      title="Add administrator"
      verb={way === 'invite' ? 'Make invitation' : 'Add'}
      close={close}
      disabled={!userName.trim() || (way === 'password' && !password)}
      submit={async () => {
        const made = await coming<{ invitation?: string }>('POST', '/administrators', {
          userName: userName.trim(),
          role,
          ...(way === 'invite' ? { invite: true } : { password }),
        });
        await queries.invalidateQueries({ queryKey: ['administrators'] });
        if (made.invitation) return setLink(made.invitation);
        tell(`${userName} may sign in`);
        close();
      }}
    >
      <TextInput
        label="User name"
        description="Their e-mail address. With single sign-on, it must be the one the provider states."
        value={userName}
        onChange={(event) => setUserName(event.currentTarget.value)}
        autoComplete="off"
        required
        data-autofocus
      />
      <RoleSelect value={role} set={setRole} />
      <SegmentedControl
        aria-label="How they get in"
        value={way}
        onChange={(value) => setWay(value as typeof way)}
        data={[
          { value: 'invite', label: 'Invitation link' },
          { value: 'password', label: 'First password' },
        ]}
      />
      {way === 'password' && (
        <PasswordInput
          label="First password"
          description="At least 12 characters. They can change it under Your account."
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          required
        />
      )}
    </FormModal>
  );
}

import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { allApplications } from '../applications/applications';
import { type Role, useMay } from '../session/session';
import { ROLES } from './settings';

/** The choice of a role with what it may do; a manager's goes with an application. */
export function RoleChoice(props: {
  role: Role;
  setRole: (role: Role) => void;
  application?: string | null;
  setApplication?: (application: string | null) => void;
}) {
  const { role, setRole, application, setApplication } = props;
  const may = useMay();
  const offered = ROLES.filter(
    ({ value }) => (value !== 'owner' || may('owner')) && (value !== 'manager' || setApplication !== undefined),
  );
  const applications = useQuery({ ...allApplications, enabled: role === 'manager' });
  return (
    <>
      <Select
        label="Role"
        description={ROLES.find(({ value }) => value === role)?.description}
        data={offered.map(({ value, label }) => ({ value, label }))}
        value={role}
        onChange={(value) => value && setRole(value)}
        allowDeselect={false}
      />
      {role === 'manager' && setApplication && (
        <Select
          label="Application"
          description="The one that they run and configure."
          data={applications.data?.items.map(({ id, name }) => ({ value: id, label: name })) ?? []}
          value={application ?? null}
          onChange={setApplication}
          searchable
          required
        />
      )}
    </>
  );
}

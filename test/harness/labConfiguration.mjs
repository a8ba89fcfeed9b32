// Configuration files of the lab's services.

/**
 * The limits are those of NetworkManager's own part of the system bus's configuration.
 * @param {{ socket: string, maxReplies?: number }} options
 */
export const busConfiguration = ({
  socket,
  maxReplies = 1024,
}) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*"/>
  </policy>
  <limit name="max_replies_per_connection">${maxReplies}</limit>
  <limit name="max_match_rules_per_connection">2048</limit>
</busconfig>
`;

/**
 * It leaves the machine's name, its name servers and its firewall alone, and makes no profile by itself.
 * @param {{ profiles: string, polkit?: boolean, unmanaged?: string[], logLevel?: string, extra?: string }} options
 */
export const networkManagerConfiguration = ({
  profiles,
  polkit = false,
  unmanaged = [],
  logLevel = 'INFO',
  extra = '',
}) => `
[main]
plugins=keyfile
auth-polkit=${polkit}
dhcp=internal
dns=none
firewall-backend=none
hostname-mode=none
no-auto-default=*
systemd-resolved=false
[keyfile]
path=${profiles}
unmanaged-devices=${unmanaged.map((name) => `interface-name:${name}`).join(';')}
[connectivity]
enabled=false
[logging]
level=${logLevel}
${extra}
`;

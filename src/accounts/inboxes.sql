-- The inboxes of account $1 with the name that Chatwoot's reports give their channel, by id; at most $2.
select i.id, i.name, i.channel_type as "channelType",
  case i.channel_type
    when 'Channel::WebWidget' then 'Website'
    when 'Channel::Api' then 'API'
    when 'Channel::FacebookPage' then 'Facebook'
    when 'Channel::Line' then 'LINE'
    when 'Channel::TwitterProfile' then 'Twitter'
    when 'Channel::TwilioSms' then case when t.medium = 1 then 'Whatsapp' else 'Twilio SMS' end
    else replace(i.channel_type, 'Channel::', '')
  end as "channelName"
from inboxes i
left join channel_twilio_sms t on t.id = i.channel_id and i.channel_type = 'Channel::TwilioSms' and t.account_id = i.account_id
where i.account_id = $1
order by i.id
limit $2

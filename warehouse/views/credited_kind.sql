create macro credited_kind(name) as case
    when name in (
        'APP', 'INP', 'NNI', 'PPI', 'Online', 'SABAH', 'SANA', 'KMS', 'DNA', 'TNN',
        'UrduPoint', 'Pajhwok', 'Bakhtar', 'AIP', 'Khaama Press', 'Reuters', 'AFP', 'AP',
        'EPA', 'dpa', 'Xinhua', 'Anadolu', 'Bloomberg', 'TASS', 'Interfax', 'RIA Novosti',
        'Sputnik', 'Kyodo', 'Jiji', 'Yonhap', 'Bernama', 'Antara', 'PTI', 'ANI', 'IANS',
        'UNI', 'UPI', 'BSS', 'IRNA', 'ISNA', 'Tasnim', 'Fars', 'Mehr', 'SPA', 'WAM', 'QNA',
        'KUNA', 'WAFA', 'EFE', 'ANSA', 'PA Media', 'AAP') then 'agency'
    when name in (
        'Radio Pakistan', 'PTV', 'Geo News', 'ARY News', 'Samaa', 'Dunya News',
        'Express News', 'Aaj News', 'Hum News', '92 News', 'Bol News', 'GNN', 'Khyber News',
        'BBC', 'VOA', 'RFE/RL', 'TOLOnews', 'Ariana News', 'Afghanistan International',
        'Amu TV', 'Al Jazeera', 'CNN', 'CNBC', 'Sky News', 'Fox News', 'NBC News',
        'ABC News', 'CBS News', 'NPR', 'CGTN', 'TRT', 'NDTV', 'Al Arabiya') then 'broadcaster'
    when name in (
        'Dawn', 'The News', 'Jang', 'The Express Tribune', 'Express', 'Business Recorder',
        'Nawa-i-Waqt', 'Daily Times', 'Pakistan Today', 'New York Times', 'Washington Post',
        'Wall Street Journal', 'The Guardian', 'Financial Times') then 'newspaper'
    when name in (
        'ISPR', 'PID', 'DGPR') then 'press_office'
    when name in (
        'NDMA', 'PDMA', 'Met Office', 'Rescue 1122', 'CTD', 'NAB', 'FIA', 'ANF',
        'Foreign Office', 'Election Commission', 'SBP', 'PBS', 'FBR', 'PTA', 'OGRA', 'NEPRA',
        'HRCP', 'PICSS', 'PIPS', 'UNAMA', 'UNHCR', 'WHO') then 'institution'
    when regexp_full_match(name, '[A-Z]{2,5}') then 'agency' end;
comment on macro credited_kind is 'What one is whom articles credit: agency, broadcaster, newspaper, press_office or institution, as transforms/credited_names.yml has it; initials that it does not know are an agency''s. NULL for others';

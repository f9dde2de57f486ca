console.log('never printed')
function greet( {
